#include "recorder/probe/mongo_client.h"

#include <mongoc/mongoc.h>

#include <utility>

#include "core/check.h"
#include "recorder/probe/mask_query.h"

namespace redrive {
namespace {

constexpr std::int32_t kWaitMs = 3'000;
constexpr std::size_t kMessageBytesMax = 300;

// Started once, never stopped: the end of the process does that.
void StartLibrary() {
  static const bool started = [] {
    mongoc_init();
    mongoc_log_set_handler(nullptr, nullptr);  // warnings go nowhere, not to standard error
    return true;
  }();
  (void)started;
}

std::string OneLine(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  if (text.size() > kMessageBytesMax) text.resize(kMessageBytesMax);
  return text;
}

struct FreeUri {
  void operator()(mongoc_uri_t* uri) const { mongoc_uri_destroy(uri); }
};

// bson_t is aligned by an attribute, which a template's argument would lose.
class Bson {
 public:
  explicit Bson(bson_t* bson) : bson_(bson) {}
  ~Bson() { bson_destroy(bson_); }
  Bson(const Bson&) = delete;
  Bson& operator=(const Bson&) = delete;
  [[nodiscard]] bson_t* get() const { return bson_; }

 private:
  bson_t* bson_;
};

}  // namespace

struct MongoClient::Impl {
  std::string uri;
  std::string database;
  mongoc_client_t* client = nullptr;
  ~Impl() {
    if (client != nullptr) mongoc_client_destroy(client);
  }
};

MongoClient::MongoClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MongoClient::~MongoClient() = default;

const std::string& MongoClient::database() const { return impl_->database; }

Result<std::unique_ptr<MongoClient>> MongoClient::Make(const std::string& uri) {
  StartLibrary();
  bson_error_t error{};
  const bool scheme = uri.starts_with("mongodb://") || uri.starts_with("mongodb+srv://");
  const std::unique_ptr<mongoc_uri_t, FreeUri> parsed(
      scheme ? mongoc_uri_new_with_error(uri.c_str(), &error) : nullptr);
  if (parsed == nullptr) {
    return Error{ErrorCode::kInvalid,
                 "not a URI of MongoDB; expected mongodb://user:password@host:27017/database with "
                 "special characters percent-encoded"};
  }
  for (const char* option : {MONGOC_URI_CONNECTTIMEOUTMS, MONGOC_URI_SOCKETTIMEOUTMS,
                             MONGOC_URI_SERVERSELECTIONTIMEOUTMS}) {
    mongoc_uri_set_option_as_int32(parsed.get(), option, kWaitMs);
  }
  mongoc_uri_set_option_as_bool(parsed.get(), MONGOC_URI_SERVERSELECTIONTRYONCE, true);
  mongoc_uri_set_appname(parsed.get(), "redrive");
  auto impl = std::make_unique<Impl>();
  impl->uri = uri;
  const char* const database = mongoc_uri_get_database(parsed.get());
  impl->database = database == nullptr ? "" : database;
  impl->client = mongoc_client_new_from_uri_with_error(parsed.get(), &error);
  if (impl->client == nullptr) {
    return Error{ErrorCode::kInvalid, Scrub(OneLine(error.message), uri)};
  }
  mongoc_client_set_error_api(impl->client, MONGOC_ERROR_API_VERSION_2);
  return std::unique_ptr<MongoClient>(new MongoClient(std::move(impl)));
}

Result<std::string> MongoClient::Command(const std::string& database,
                                         const std::string& command_json) {
  bson_error_t error{};
  const Bson command(bson_new_from_json(reinterpret_cast<const std::uint8_t*>(command_json.data()),
                                        static_cast<ssize_t>(command_json.size()), &error));
  REDRIVE_CHECK(command.get() != nullptr);
  bson_t reply;
  const bool good = mongoc_client_command_simple(impl_->client, database.c_str(), command.get(),
                                                 nullptr, &reply, &error);
  std::string text;
  if (good && bson_validate(&reply, BSON_VALIDATE_UTF8_ALLOW_NULL, nullptr)) {
    std::size_t size = 0;
    char* const json = bson_as_relaxed_extended_json(&reply, &size);
    if (json != nullptr) text.assign(json, size);
    bson_free(json);
  }
  bson_destroy(&reply);
  if (!good) return Error{ErrorCode::kIo, Scrub(OneLine(error.message), impl_->uri)};
  if (text.empty()) return Error{ErrorCode::kIo, "the answer is no valid BSON"};
  return text;
}

}  // namespace redrive
