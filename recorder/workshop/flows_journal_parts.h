// The parts of the journal's routes, each in a file of its own; RegisterJournal calls them.
#ifndef REDRIVE_RECORDER_WORKSHOP_FLOWS_JOURNAL_PARTS_H_
#define REDRIVE_RECORDER_WORKSHOP_FLOWS_JOURNAL_PARTS_H_

#include "recorder/workshop/context.h"
#include "recorder/workshop/router.h"

namespace redrive::workshop {

void RegisterJournalAccounts(Router& router);  // chart, balance, ledger, initialise
void RegisterTrialBalance(Router& router);
void RegisterPeriodLocks(Router& router);
void RegisterAuditLogs(Router& router);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_FLOWS_JOURNAL_PARTS_H_
