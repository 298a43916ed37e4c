// Dashboard and SLA report, computed from the store (contract B.3).
#include <array>

#include "recorder/workshop/flows.h"
#include "recorder/workshop/respond.h"
#include "recorder/workshop/services.h"
#include "recorder/workshop/validate.h"

namespace redrive::workshop {
namespace {

bool IsOpen(const Value& ticket) {
  return !(ticket["status"] == "closed") && !(ticket["status"] == "resolved");
}

// Hours between two ISO texts, to hundredths; texts that are none count as 1970.
Decimal HoursBetween(std::string_view from, std::string_view to) {
  const auto seconds = [](std::string_view text) -> std::int64_t {
    if (text.size() < 19) return 0;
    const std::optional<Date> date = ParseDate(text.substr(0, 10));
    if (!date) return 0;
    const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
    return DaysFromDate(*date) * 86'400 + two(11) * 3'600 + two(14) * 60 + two(17);
  };
  return (Decimal(seconds(to) - seconds(from)) / Decimal(3'600)).RoundedToCents();
}

Value TicketFigures(const std::vector<Value>& tickets) {
  std::int64_t open = 0;
  std::int64_t resolved = 0;
  std::int64_t resolved_onsite = 0;
  std::array<std::int64_t, 4> open_by_type{};
  constexpr std::array<std::string_view, 4> kTypes = {"onsite", "workshop", "pickup", "remote"};
  Decimal hours;
  for (const Value& ticket : tickets) {
    if (!IsOpen(ticket)) {
      ++resolved;
      resolved_onsite += ticket["ticket_type"] == "onsite" ? 1 : 0;
      hours += HoursBetween(ticket["created_at"].String(), ticket["resolved_at"].String());
      continue;
    }
    ++open;
    for (std::size_t i = 0; i < kTypes.size(); ++i) {
      open_by_type[i] += ticket["ticket_type"] == kTypes[i] ? 1 : 0;
    }
  }
  const Decimal percentage = Decimal(resolved_onsite * 100) / Decimal(resolved);
  return Object("total_open", open, "onsite_resolution", open_by_type[0], "workshop_visit",
                open_by_type[1], "pickup", open_by_type[2], "remote", open_by_type[3],
                "avg_resolution_time_hours", (hours / Decimal(resolved)).RoundedToCents(),
                "onsite_resolution_percentage", percentage.RoundedToCents(), "total_resolved_30d",
                resolved, "total_onsite_resolved_30d", resolved_onsite);
}

// The current month and the five before it, oldest first.
Value MonthlyTrends(Instant now, const Value& average) {
  Date date = now.date();
  std::array<std::string_view, 6> months;
  for (std::size_t i = months.size(); i-- > 0;) {
    months[i] = MonthName(date.month).substr(0, 3);
    date.month = date.month == 1 ? 12 : date.month - 1;
  }
  Value trends = Value::EmptyArray(months.size());
  for (std::size_t i = 0; i < months.size(); ++i) {
    const bool current = i + 1 == months.size();
    trends.Push(Object("month", months[i], "avgTime", current ? average : Value(Decimal())));
  }
  return trends;
}

Task<Response> DashboardStats(Context& context) {
  const Value caller = co_await FindCaller(context);
  Store& db = context.db;
  const Filter own = Where("organization_id", context.organization());
  const std::vector<Value> vehicles = co_await db.vehicles.Find(context.env, own);
  const std::vector<Value> tickets = co_await db.tickets.Find(context.env, own);
  const std::int64_t technicians = co_await db.technicians.CountDocuments(context.env, own);
  const std::vector<Value> invoices = co_await db.invoices.Find(context.env, own);
  const std::vector<Value> inventory = co_await db.inventory.Find(context.env, own);
  Filter pending = own;
  pending.And("status", "pending");
  const std::int64_t orders = co_await db.purchase_orders.CountDocuments(context.env, pending);
  std::int64_t in_workshop = 0;
  std::int64_t repairs = 0;
  for (const Value& ticket : tickets) {
    repairs += IsOpen(ticket) ? 1 : 0;
    in_workshop += IsOpen(ticket) && ticket["ticket_type"] == "workshop" ? 1 : 0;
  }
  Decimal revenue;
  std::int64_t unpaid = 0;
  for (const Value& invoice : invoices) {
    revenue += invoice["amount_paid"].Number();
    unpaid += invoice["balance_due"].Number() > Decimal() ? 1 : 0;
  }
  Decimal stock_value;
  for (const Value& item : inventory) {
    stock_value += item["quantity"].Number() * item["unit_price"].Number();
  }
  const Value figures = TicketFigures(tickets);
  const Value average = figures["avg_resolution_time_hours"];
  const auto serviced = static_cast<std::int64_t>(tickets.size()) - repairs;
  co_return Ok(
      Object("vehicles_in_workshop", in_workshop, "open_repair_orders", repairs, "avg_repair_time",
             average, "available_technicians", technicians, "vehicle_status_distribution",
             Object("active", vehicles.size(), "in_workshop", in_workshop, "serviced", serviced),
             "monthly_repair_trends", MonthlyTrends(context.Now(), average), "total_revenue",
             revenue, "pending_invoices", unpaid, "inventory_value", stock_value,
             "pending_purchase_orders", orders, "service_ticket_stats", figures));
}

// A ticket that passed a due time while it was open, or was resolved after it.
bool Breaches(const Value& ticket, std::string_view due_field, std::string_view done_field,
              std::string_view now) {
  const std::string_view due = ticket[due_field].String();
  const std::string_view done = ticket[done_field].String();
  return !due.empty() && (done.empty() ? due < now : due < done);
}

Task<Response> SlaBreachReport(Context& context) {
  const Instant now = context.Now();
  const std::string start(context.Query("start_date", now.PlusDays(-30).DateText()));
  const std::string end(context.Query("end_date", now.DateText()));
  Filter in_period = Where("organization_id", context.organization());
  in_period.And("created_at", Op::kGe, start).And("created_at", Op::kLe, end + "T23:59:59.999999");
  const std::vector<Value> tickets = co_await context.db.tickets.Find(context.env, in_period);
  const std::string time = now.Iso();
  std::int64_t response_breaches = 0;
  std::int64_t resolution_breaches = 0;
  std::int64_t within = 0;
  Value breaches = Value::EmptyArray();
  for (const Value& ticket : tickets) {
    const bool response = Breaches(ticket, "sla_response_due_at", "first_response_at", time);
    const bool resolution = Breaches(ticket, "sla_resolution_due_at", "resolved_at", time);
    response_breaches += response ? 1 : 0;
    resolution_breaches += resolution ? 1 : 0;
    if (!response && !resolution) {
      ++within;
      continue;
    }
    breaches.Push(Object("ticket_id", ticket["ticket_id"], "title", ticket["title"], "priority",
                         ticket["priority"], "status", ticket["status"], "response_breached",
                         response, "resolution_breached", resolution));
  }
  const auto total = static_cast<std::int64_t>(tickets.size());
  const Decimal compliance =
      total == 0 ? Decimal(100) : (Decimal(within * 100) / Decimal(total)).RoundedToCents();
  co_return Ok(Object(
      "code", 0, "summary",
      Object("total_breaches", response_breaches + resolution_breaches, "response_sla_breaches",
             response_breaches, "resolution_sla_breaches", resolution_breaches,
             "auto_reassignments_triggered", 0, "total_tickets_in_period", total,
             "within_sla_count", within, "sla_compliance_pct", compliance),
      "breaches", breaches, "period", Object("start_date", start, "end_date", end)));
}

}  // namespace

void RegisterDashboard(Router& router) {
  router.Add("GET", "/dashboard/stats", Guard::kStaff, DashboardStats);
  router.Add("GET", "/sla/breach-report", Guard::kStaff, SlaBreachReport);
}

}  // namespace redrive::workshop
