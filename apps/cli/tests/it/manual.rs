//! Shell completions and manual pages.

use std::fs;

use crate::program::Program;

#[test]
fn each_shell_completes_each_command() {
    let program = Program::new("http://localhost:1");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = program.run(&format!("completions {shell}")).ok();
        for word in ["sign-in", "tasks", "flows", "tokens", "unban", "revoke", "moderator"] {
            // Elvish and PowerShell complete no values.
            let values = word == "moderator" && ["elvish", "powershell"].contains(&shell);
            assert!(values || script.contains(word), "{shell} does not complete {word}");
        }
    }
    assert_eq!(program.run("completions tcsh").code, 2);
    assert!(!program.file().exists());
}

#[test]
#[cfg(unix)]
fn bash_understands_its_script() {
    let script = Program::new("http://localhost:1").run("completions bash").ok();
    let typed = format!(
        "{script}\nCOMP_WORDS=(throughline users role x m); COMP_CWORD=4\n\
         _throughline throughline m x\necho \"${{COMPREPLY[@]}}\""
    );
    let done = std::process::Command::new("bash").arg("-c").arg(typed).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&done.stdout).trim(), "moderator", "{done:?}");
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let program = Program::new("http://localhost:1");
    let page = program.run("man").ok();
    assert!(page.contains(".TH throughline 1") && page.contains("Exit codes"), "{page}");
    let folder = tempfile::tempdir().unwrap();
    let done = program.command(["man", "--dir"]).arg(folder.path()).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    let names: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for name in ["throughline.1", "throughline-tokens-create.1", "throughline-users-ban.1"] {
        assert!(names.iter().any(|known| known == name), "{name} is none of {names:?}");
    }
    let done = program.command(["man", "--dir"]).arg(folder.path().join("none")).output().unwrap();
    assert_eq!(done.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&done.stderr).contains("a folder that you may write to"));
}
