// Router: method and path pattern to handler. Patterns are written without prefix and are served
// under both /api and /api/v1:
//
//   router.Add("POST", "/tickets/{ticket_id}/close", Guard::kStaff, CloseTicket);
#ifndef REDRIVE_RECORDER_WORKSHOP_ROUTER_H_
#define REDRIVE_RECORDER_WORKSHOP_ROUTER_H_

#include <string>
#include <string_view>
#include <vector>

#include "core/task.h"
#include "recorder/http.h"

namespace redrive::workshop {

struct Context;

struct PathParameter {
  std::string_view name;
  std::string value;  // percent-decoded
};

// A handler must not keep `context` beyond its task.
using HandlerFunction = Task<Response> (*)(Context& context);

enum class Guard : std::uint8_t {
  kPublic,  // no token, no CSRF check
  kStaff,   // token, membership and organisation
};

// What a plan must allow before the handler runs (contract A.7).
enum class Gate : std::uint8_t {
  kNone,
  kProfessionalFeature,  // journal entries, banking: 2 reads of subscriptions; writes 1 of
                         // organizations
  kStarterFeature,       // reports/profit-loss
};

struct Route {
  std::string_view method;
  std::vector<std::string> segments;  // "{name}" is a parameter
  bool slash = false;                 // the pattern ends in '/'
  Guard guard = Guard::kStaff;
  Gate gate = Gate::kNone;
  HandlerFunction handler = nullptr;
};

struct Match {
  const Route* route = nullptr;  // null: none
  bool path_known = false;       // some method has this path: 405
  bool other_slash = false;      // the path exists with(out) the final slash: 307
  bool first_segment_known = false;
};

class Router {
 public:
  // Literals win over parameters; of equal patterns the first added wins. Both "/x" and "/x/" may
  // be added; a path with only one of them redirects from the other.
  void Add(std::string_view method, std::string_view pattern, Guard guard, HandlerFunction handler,
           Gate gate = Gate::kNone);
  // Adds the pattern with and without a final slash.
  void AddBoth(std::string_view method, std::string_view pattern, Guard guard,
               HandlerFunction handler, Gate gate = Gate::kNone);

  // `path` as on the request line, without query, after its prefix; fills `parameters`.
  [[nodiscard]] Match Find(std::string_view method, std::string_view path,
                           std::vector<PathParameter>* parameters) const;

 private:
  struct Group {
    std::string first;  // the first segment
    std::vector<Route> routes;
  };
  [[nodiscard]] const Group* GroupOf(std::string_view first) const;
  std::vector<Group> groups_;  // ascending by first
};

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_ROUTER_H_
