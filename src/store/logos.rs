//! The logos of practices.

use sqlx::Row as _;

use super::{StoreError, Tx};
use crate::domain::ids::PracticeScope;
use crate::domain::picture::Picture;

/// The logo of a practice.
///
/// # Errors
/// [`StoreError`] when the database fails or holds no picture there.
pub async fn find(tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<Option<Picture>, StoreError> {
    const SQL: &str = "SELECT picture FROM practice_logo WHERE practice_id = $1";
    let row = sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).fetch_optional(tx.conn()).await?;
    let Some(row) = row else { return Ok(None) };
    let picture = Picture::new(row.try_get("picture")?);
    picture.map(Some).map_err(|_| StoreError::corrupt("practice_logo", scope.practice))
}

/// Gives a practice this logo, in place of a former one.
///
/// # Errors
/// [`StoreError`] when the database fails.
pub async fn set(tx: &mut Tx<'_>, scope: &PracticeScope, picture: &Picture) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO practice_logo (practice_id, picture) VALUES ($1, $2)
        ON CONFLICT (practice_id) DO UPDATE SET picture = excluded.picture";
    sqlx::query(SQL).bind(scope.practice.as_bytes().as_slice()).bind(picture.bytes()).execute(tx.conn()).await?;
    Ok(())
}
