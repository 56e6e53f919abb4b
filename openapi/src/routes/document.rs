//! What the document says of one operation.

use serde_json::Value;

use super::{Input, Output, Refusal, shape::Shape};

/// One operation of the document.
pub(super) struct Operation<'a> {
    document: &'a Value,
    operation: &'a Value,
}

impl<'a> Operation<'a> {
    /// The operation at this path with this method.
    pub(super) fn find(document: &'a Value, path: &str, method: &str) -> Option<Self> {
        let operation = document.get("paths")?.get(path)?.get(method.to_lowercase())?;
        Some(Self { document, operation })
    }

    /// What goes in: the parameters, then the members of the body, or the body as a whole.
    pub(super) fn input(&self) -> Vec<Input> {
        let mut input = Vec::new();
        for parameter in list(&self.operation["parameters"]) {
            input.push(Input {
                name: text(&parameter["name"]),
                place: text(&parameter["in"]),
                required: parameter["required"] == true,
                shape: Shape::of(self.document, &parameter["schema"]),
            });
        }
        let body = &self.operation["requestBody"];
        let schema = &body["content"]["application/json"]["schema"];
        if schema.is_null() {
            return input;
        }
        let members = resolve(self.document, schema);
        let required = list(&members["required"]);
        match members["properties"].as_object() {
            Some(properties) => input.extend(properties.iter().map(|(name, schema)| Input {
                name: name.clone(),
                place: "body".to_owned(),
                required: required.iter().any(|known| known == name),
                shape: Shape::of(self.document, schema),
            })),
            None => input.push(Input {
                name: "body".to_owned(),
                place: "body".to_owned(),
                required: body["required"] == true,
                shape: Shape::of(self.document, schema),
            }),
        }
        input
    }

    /// The ways to succeed.
    pub(super) fn output(&self) -> Vec<Output> {
        let responses = self.responses().into_iter().filter(|(status, _)| *status < 400);
        let output = responses.map(|(status, response)| {
            let schema = &response["content"]["application/json"]["schema"];
            let body = (!schema.is_null()).then(|| Shape::of(self.document, schema));
            Output { status, body }
        });
        output.collect()
    }

    /// The ways to be refused; `declared` are the procedure's own codes.
    pub(super) fn errors(&self, declared: &[&str]) -> Vec<Refusal> {
        let mut errors = Vec::new();
        for (status, response) in self.responses().into_iter().filter(|(status, _)| *status >= 400)
        {
            let schema = &response["content"]["application/problem+json"]["schema"];
            let alternatives = match schema["oneOf"].as_array() {
                Some(alternatives) => alternatives.iter().collect(),
                None => vec![schema],
            };
            for problem in alternatives {
                let properties = &resolve(self.document, problem)["properties"];
                let code = text(&properties["code"]["const"]);
                errors.push(Refusal {
                    status,
                    declared: declared.contains(&code.as_str()),
                    title: text(&properties["title"]["const"]),
                    code,
                });
            }
        }
        errors
    }

    /// What a success does to cached reads.
    pub(super) fn effects(&self) -> Vec<Value> {
        list(&self.operation["x-effects"]).to_vec()
    }

    /// The answers by their status, in its order.
    fn responses(&self) -> Vec<(u16, &'a Value)> {
        let responses = self.operation["responses"].as_object().into_iter().flatten();
        let numbered = responses.filter_map(|(status, response)| {
            Some((status.parse().ok()?, resolve(self.document, response)))
        });
        let mut responses: Vec<_> = numbered.collect();
        responses.sort_by_key(|(status, _)| *status);
        responses
    }
}

/// What a `$ref` leads to, else the value itself.
pub(super) fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    match target.and_then(|pointer| document.pointer(pointer)) {
        Some(target) => resolve(document, target),
        None => value,
    }
}

/// The items of a list; none when it is not there.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
