//! Looking for a part of a text.

use sea_orm::{
    ColumnTrait, ExprTrait,
    sea_query::{BinOper, Expr, Func, SimpleExpr},
};

/// Whether the column has this text in it. Case does not count: on SQLite for ASCII letters, on PostgreSQL for those of
/// the database's locale. The database lowers both sides, so that one rule decides what equals what.
pub(crate) fn contains(column: impl ColumnTrait, text: &str) -> SimpleExpr {
    let mut pattern = String::from("%");
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    let pattern = SimpleExpr::from(Func::lower(Expr::val(pattern)));
    let escaped = pattern.binary(BinOper::Escape, SimpleExpr::Constant('\\'.into()));
    SimpleExpr::from(Func::lower(column.into_expr())).binary(BinOper::Like, escaped)
}
