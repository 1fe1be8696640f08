//! What a judged batch asks of the database.

use std::collections::BTreeMap;

use domain::{
    client::Client,
    contact::ContactNote,
    ids::{ReferralId, RegionId},
    matching::{Likeable, WORTH_A_LOOK, likeness},
    referral::{PossibleDuplicate, Referral},
};

use super::{Draft, File};
use crate::db::{batch::Advance, subject::NewSubject};

impl Draft<'_> {
    /// Files to be opened.
    pub fn opened(&self) -> Vec<NewSubject> {
        self.files.values().filter_map(|file| file.opened.clone()).collect()
    }

    /// How the heads of files moved on.
    pub fn advances(&self) -> Vec<Advance> {
        self.files
            .iter()
            .filter(|(_, file)| file.advanced)
            .map(|(id, file)| Advance {
                id: *id,
                hash: file.hash,
                officer: file.officer,
                last_contact: file.last_contact,
            })
            .collect()
    }

    /// Referrals that were sent in this batch, or that changed.
    pub fn referrals(&self, sent: bool) -> Vec<&Referral> {
        self.changed_files(sent)
            .filter(|file| file.referral_changed)
            .filter_map(|file| file.scene.referral.as_ref())
            .collect()
    }

    /// Clients whose files were opened in this batch, or that changed.
    pub fn clients(&self, opened: bool) -> Vec<&Client> {
        self.changed_files(opened)
            .filter(|file| file.client_changed)
            .filter_map(|file| file.scene.client.as_ref())
            .collect()
    }

    fn changed_files(&self, opened: bool) -> impl Iterator<Item = &File> {
        self.files.values().filter(move |file| file.opened.is_some() == opened)
    }

    /// Notes that were recorded in this batch, with the regions of their files.
    pub fn notes_added(&self) -> Vec<(&ContactNote, RegionId)> {
        self.files
            .values()
            .flat_map(|file| file.notes_added.iter().map(move |id| (id, file.region)))
            .filter_map(|(id, region)| Some((self.notes.get(id)?, region?)))
            .collect()
    }

    /// Notes that were there before and changed.
    pub fn notes_amended(&self) -> Vec<&ContactNote> {
        self.files
            .values()
            .flat_map(|file| file.notes_amended.difference(&file.notes_added))
            .filter_map(|id| self.notes.get(id))
            .collect()
    }

    /// Notes on new referrals whom they may be about: those that the database found, and the others of
    /// this batch.
    pub fn note_duplicates(&mut self, mut found: BTreeMap<ReferralId, Vec<PossibleDuplicate>>) {
        let sent: Vec<_> = self
            .referrals(true)
            .into_iter()
            .map(|r| (r.id, r.reference.clone(), Likeable::from(&r.particulars.profile)))
            .collect();
        for (index, (id, _, person)) in sent.iter().enumerate() {
            let mut duplicates = found.remove(id).unwrap_or_default();
            for (_, reference, other) in &sent[..index] {
                let likeness = likeness(person, other);
                if likeness >= WORTH_A_LOOK {
                    duplicates.push(PossibleDuplicate { reference: reference.clone(), likeness });
                }
            }
            if let Some(referral) = self.files.get_mut(&id.0).and_then(|file| file.scene.referral.as_mut()) {
                referral.possible_duplicates = duplicates;
            }
        }
    }
}
