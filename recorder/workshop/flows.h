// One Register function per flow, each in its own flows_<name>.cc. Workshop calls them all.
#ifndef REDRIVE_RECORDER_WORKSHOP_FLOWS_H_
#define REDRIVE_RECORDER_WORKSHOP_FLOWS_H_

#include "recorder/workshop/context.h"
#include "recorder/workshop/router.h"

namespace redrive::workshop {

void RegisterAuth(Router& router);
void RegisterOrganizations(Router& router);  // signup, subscriptions, plans
void RegisterTickets(Router& router);
void RegisterPortal(Router& router);
void RegisterContacts(Router& router);
void RegisterDashboard(Router& router);

void RegisterEstimates(Router& router);
void RegisterTicketInvoices(Router& router);
void RegisterInvoices(Router& router);
void RegisterPayments(Router& router);
void RegisterCreditNotes(Router& router);

void RegisterInventory(Router& router);
void RegisterAllocations(Router& router);
void RegisterItems(Router& router);
void RegisterAdjustments(Router& router);
void RegisterTicketClose(Router& router);  // close, complete-work
void RegisterJournal(Router& router);
void RegisterReports(Router& router);  // reports, finance dashboards
void RegisterAi(Router& router);       // AI diagnose, EFI reports

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_FLOWS_H_
