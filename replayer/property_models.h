// The models that ship: what `redrive property` runs against the workshop. Each covers one area of
// Battwheels OS; docs/PROPERTIES.md says what they send and what must hold.
#ifndef REDRIVE_REPLAYER_PROPERTY_MODELS_H_
#define REDRIVE_REPLAYER_PROPERTY_MODELS_H_

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "replayer/property_model.h"

namespace redrive::par {

Model TicketsModel();   // creating, reading, changing, closing; estimates
Model StockModel();     // reserving, using, returning, adjusting parts
Model JournalModel();   // entries, reversals, the trial balance
Model PaymentsModel();  // invoices and their payments

// All of them, in order of name.
std::vector<Model> ShippedModels();
// Error (kInvalid): no such model; suggests the nearest.
[[nodiscard]] Result<Model> FindModel(std::string_view name);

// Parts of models. Requests of staff carry the token that LogIn extracts.
CaseRequest LogIn();
CaseRequest StaffRequest(std::string method, std::string path, std::string json = "");
CaseRequest Named(std::string name, CaseRequest request);
// Makes the answer's value at `place` the variable of that name, for the setup.
CaseRequest Extracting(CaseRequest request, std::string variable, std::string place);

}  // namespace redrive::par

#endif  // REDRIVE_REPLAYER_PROPERTY_MODELS_H_
