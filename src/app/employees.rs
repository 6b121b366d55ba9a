//! The people working in a practice, as its HIS delivers them, and what they may do in the console.

use std::collections::BTreeMap;

use super::App;
use crate::domain::dossier::{Body, Employee, SourceId};
use crate::domain::ids::{PatientRef, PracticeScope};
use crate::domain::rights::Rights;
use crate::his::{Op, read_stored};
use crate::store::{self, StoreError, Tx};

/// Setting with the ids of the employees who own the practice (praktijkhouders), separated by blanks or commas.
pub const OWNERS: &str = "console.owners";

impl App {
    /// The employees of a practice by id, also those no longer active.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a record cannot be read.
    pub async fn employees(
        &self,
        tx: &mut Tx<'_>,
        scope: &PracticeScope,
    ) -> Result<BTreeMap<SourceId, Employee>, StoreError> {
        let shelf = PatientRef::practice_itself(scope.practice);
        let mut employees = BTreeMap::new();
        for row in store::records::for_patient(tx, self.sealer(), &shelf).await? {
            let Some(body) = row.body else { continue };
            let record = read_stored(&body).map_err(|_| StoreError::corrupt("record", row.key))?;
            if let Op::Put(Body::Employee(employee), _) = record.op {
                employees.insert(record.id, *employee);
            }
        }
        Ok(employees)
    }

    /// What an employee may do: what was given, else all for an owner, else what comes with the role; nothing for who does not
    /// work here any more.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn rights_of(
        &self,
        tx: &mut Tx<'_>,
        scope: &PracticeScope,
        id: &SourceId,
        employee: &Employee,
    ) -> Result<Rights, StoreError> {
        if !employee.active {
            return Ok(Rights::default());
        }
        if let Some(given) = store::staff::rights_of(tx, scope, id).await? {
            return Ok(given);
        }
        let owners = self.owners(tx, scope).await?;
        Ok(if owners.contains(id) { Rights::of_owner() } else { Rights::of_role(employee.role) })
    }

    /// The owners of a practice.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn owners(&self, tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<Vec<SourceId>, StoreError> {
        let settings = store::settings::load_effective(tx, scope).await?;
        let owners = settings.get(OWNERS).map(String::as_str).unwrap_or_default();
        Ok(owners.split([' ', ',']).filter_map(|id| id.parse().ok()).collect())
    }
}
