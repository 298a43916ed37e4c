// Store: the workshop's collections, as Battwheels names them. To add one, add a line to the list.
#ifndef REDRIVE_RECORDER_WORKSHOP_STORE_H_
#define REDRIVE_RECORDER_WORKSHOP_STORE_H_

#include <cstdint>
#include <mutex>
#include <vector>

#include "recorder/workshop/collection.h"

namespace redrive::workshop {

// X(name, primary id, further indexed string fields …). Indexed: filters that pin the field are
// fast. organization_id is indexed everywhere.
#define REDRIVE_WORKSHOP_COLLECTIONS(X)                               \
  X(users, "user_id", "email")                                        \
  X(organizations, "organization_id", "slug")                         \
  X(organization_users, "user_id")                                    \
  X(organization_settings, "organization_id")                         \
  X(subscriptions, "subscription_id")                                 \
  X(subscription_plans, "code")                                       \
  X(sessions, "session_token", "user_id")                             \
  X(login_attempts, "attempt_id", "email")                            \
  X(ip_rate_limits, "entry_id", "ip")                                 \
  X(contacts, "contact_id", "email", "portal_token")                  \
  X(contact_settings, "type")                                         \
  X(contact_history, "history_id", "contact_id")                      \
  X(portal_sessions, "session_token", "contact_id")                   \
  X(tickets, "ticket_id", "customer_id")                              \
  X(ticket_updates, "update_id", "ticket_id")                         \
  X(ticket_activities, "activity_id", "ticket_id")                    \
  X(ticket_reviews, "review_id", "ticket_id")                         \
  X(vehicles, "vehicle_id")                                           \
  X(sla_configs, "organization_id")                                   \
  X(sla_breaches, "breach_id", "ticket_id")                           \
  X(ticket_estimates, "estimate_id", "ticket_id")                     \
  X(ticket_estimate_settings, "setting_id", "type")                   \
  X(ticket_estimate_line_items, "line_item_id", "estimate_id")        \
  X(ticket_estimate_history, "history_id", "estimate_id")             \
  X(ticket_invoices, "invoice_id", "source_estimate_id", "ticket_id") \
  X(invoices, "invoice_id", "customer_id")                            \
  X(invoice_settings, "type")                                         \
  X(invoice_line_items, "line_item_id", "invoice_id")                 \
  X(invoice_history, "history_id", "invoice_id")                      \
  X(invoice_payments, "payment_id", "invoice_id")                     \
  X(payments_received, "payment_id", "customer_id")                   \
  X(payment_settings, "type")                                         \
  X(payment_history, "history_id", "payment_id")                      \
  X(customer_credits, "credit_id", "customer_id")                     \
  X(credit_notes, "credit_note_id", "original_invoice_id")            \
  X(items, "item_id", "sku")                                          \
  X(items_enhanced, "item_id")                                        \
  X(item_stock_locations, "location_id", "item_id")                   \
  X(item_adjustments, "adjustment_id", "item_id")                     \
  X(inventory, "item_id")                                             \
  X(inventory_history, "history_id", "item_id")                       \
  X(inventory_adjustments, "adjustment_id")                           \
  X(allocations, "allocation_id", "ticket_id")                        \
  X(stock_movements, "movement_id", "item_id")                        \
  X(warehouses, "warehouse_id")                                       \
  X(suppliers, "supplier_id")                                         \
  X(ledger, "entry_id")                                               \
  X(chart_of_accounts, "account_id", "account_code")                  \
  X(journal_entries, "entry_id", "source_document_id")                \
  X(journal_audit_log, "log_id", "entry_id")                          \
  X(journal_account_cache, "organization_id")                         \
  X(period_locks, "lock_id")                                          \
  X(audit_log, "log_id")                                              \
  X(audit_logs, "log_id")                                             \
  X(counters, "counter_id")                                           \
  X(sequences, "sequence_id")                                         \
  X(bank_accounts, "account_id")                                      \
  X(bank_transactions, "transaction_id", "account_id")                \
  X(bills, "bill_id")                                                 \
  X(expenses, "expense_id")                                           \
  X(purchase_orders, "po_id")                                         \
  X(technicians, "technician_id")                                     \
  X(efi_learning_queue, "queue_id")                                   \
  X(efi_reports, "report_id")                                         \
  X(ai_guidance_snapshots, "snapshot_id", "ticket_id")                \
  X(failure_cards, "failure_id")

class Store {
 public:
  // `thread_safe`: one mutex is held for each atomic part.
  enum class Threads : std::uint8_t { kOne, kMany };
  explicit Store(Threads threads);
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Empties every collection; keeps memory, forgets the mark.
  void Clear();

  // Of all collections, as Collection's. Rollback, digest and changes cost nothing for collections
  // that did not change. journal_account_cache goes back too but is in neither digest nor changes:
  // it is the memory of the application's process, not data.
  void Mark();
  void Rollback();
  [[nodiscard]] std::uint64_t ChangeDigest() const;
  [[nodiscard]] std::vector<StateChange> Changes() const;

  // Null when single-threaded. Guards also the workshop's other shared state.
  [[nodiscard]] std::mutex* mutex() { return mutex_in_use_; }

 private:
  std::mutex mutex_;
  std::mutex* mutex_in_use_;
  std::vector<Collection*> changed_;  // since Mark

 public:
#define REDRIVE_WORKSHOP_DECLARE(name, ...) Collection name;
  REDRIVE_WORKSHOP_COLLECTIONS(REDRIVE_WORKSHOP_DECLARE)
#undef REDRIVE_WORKSHOP_DECLARE
};

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_STORE_H_
