// AI diagnose and EFI reports (contract A.1, B).
#include <string>
#include <utility>

#include "recorder/workshop/flows.h"
#include "recorder/workshop/paging.h"
#include "recorder/workshop/respond.h"

namespace redrive::workshop {
namespace {

// As today the path is bound to the list of accounts, of all organisations, and its body is not
// read. Without the isolation bug it lists the caller's own.
Task<Response> Diagnose(Context& context) {
  Filter filter = Everything();
  if (!context.Has(Bug::kTenantIsolation)) filter.And("organization_id", context.organization());
  FindOptions options;
  options.Limit(1'000);
  const std::vector<Value> accounts =
      co_await context.db.chart_of_accounts.Find(context.env, filter, options);
  co_return Ok(Value::ArrayOf(accounts));
}

Task<Response> ListReports(Context& context) {
  Paging paging;
  if (auto refused = ReadPaging(context, paging)) co_return *std::move(refused);
  const Filter filter = Where("organization_id", context.organization());
  const std::int64_t total = co_await context.db.efi_reports.CountDocuments(context.env, filter);
  FindOptions options;
  options.Descending("created_at");
  paging.ApplyTo(options);
  const std::vector<Value> reports =
      co_await context.db.efi_reports.Find(context.env, filter, options);
  co_return Ok(PageBody(reports, paging, total));
}

}  // namespace

void RegisterAi(Router& router) {
  router.Add("POST", "/ai/diagnose", Guard::kStaff, Diagnose);
  // The application rewrites /efi to /evfi in place, so both are one.
  router.Add("GET", "/efi/reports", Guard::kStaff, ListReports);
  router.Add("GET", "/evfi/reports", Guard::kStaff, ListReports);
}

}  // namespace redrive::workshop
