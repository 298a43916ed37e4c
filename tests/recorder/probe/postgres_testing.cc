#include "tests/recorder/probe/postgres_testing.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace redrive::testing_support {
namespace {

std::uint16_t FreePort() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(socket, reinterpret_cast<sockaddr*>(&address), size) != 0) return 0;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(socket);
  return ntohs(address.sin_port);
}

// PostgreSQL refuses to run as root: then it runs as the user that its package made.
const passwd* Unprivileged() { return ::geteuid() == 0 ? ::getpwnam("postgres") : nullptr; }

pid_t Spawn(const std::vector<std::string>& words, const std::string& log) {
  const passwd* const user = Unprivileged();
  const pid_t child = ::fork();
  if (child != 0) return child;
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0666);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  if (user != nullptr && (::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0)) _exit(126);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  _exit(127);
}

std::string PercentEncoded(const std::string& text) {
  std::string encoded;
  constexpr const char* kHex = "0123456789ABCDEF";
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kHex[static_cast<unsigned char>(c) >> 4U];
      encoded += kHex[static_cast<unsigned char>(c) & 15U];
    }
  }
  return encoded;
}

}  // namespace

std::string PostgresPrograms() {
  std::error_code error;
  std::string newest;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", error)) {
    const std::string programs = entry.path().string() + "/bin";
    if (std::filesystem::exists(programs + "/initdb") && programs > newest) newest = programs;
  }
  return newest;
}

PostgresServer::PostgresServer(const std::vector<std::string>& settings)
    : programs_(PostgresPrograms()) {
  char folder[] = "/tmp/redrive-postgres-XXXXXX";
  folder_ = ::mkdtemp(folder);
  const passwd* const user = Unprivileged();
  std::ofstream(folder_ + "/password") << password_ << "\n";
  if (user != nullptr) {
    (void)!::chown(folder_.c_str(), user->pw_uid, user->pw_gid);
    (void)!::chown((folder_ + "/password").c_str(), user->pw_uid, user->pw_gid);
  }
  const std::string data = folder_ + "/data";
  if (!Run({programs_ + "/initdb", "-D", data, "-U", "app", "--pwfile=" + folder_ + "/password",
            "--auth=scram-sha-256", "--no-sync", "--encoding=UTF8", "--locale=C"})) {
    problem_ = "initdb failed: see " + folder_ + "/log";
    return;
  }
  std::ofstream conf(data + "/postgresql.conf", std::ios::app);
  conf << "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nfsync = off\n"
          "max_connections = 30\nshared_buffers = 16MB\n";
  for (const std::string& line : settings) conf << line << "\n";
  conf.close();
  for (int attempt = 0; attempt < 5; ++attempt) {  // somebody else may take the port
    port_ = FreePort();
    Start();
    if (problem_.empty()) return;
  }
}

PostgresServer::~PostgresServer() {
  Stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

bool PostgresServer::Run(const std::vector<std::string>& words) const {
  int status = 0;
  return ::waitpid(Spawn(words, folder_ + "/log"), &status, 0) > 0 && status == 0;
}

void PostgresServer::Start() {
  server_ = Spawn({programs_ + "/postgres", "-D", folder_ + "/data", "-p", std::to_string(port_)},
                  folder_ + "/log");
  for (int i = 0; i < 600; ++i) {
    if (PostgresClient(Uri()).connected()) {
      problem_.clear();
      return;
    }
    int status = 0;
    if (::waitpid(server_, &status, WNOHANG) == server_) {
      server_ = -1;
      break;
    }
    ::usleep(50'000);
  }
  problem_ = "the server did not start: see " + folder_ + "/log";
}

void PostgresServer::Stop() {
  if (server_ <= 0) return;
  ::kill(server_, SIGQUIT);
  ::waitpid(server_, nullptr, 0);
  server_ = -1;
}

std::string PostgresServer::Uri(const std::string& user) const {
  return "postgresql://" + user + ":" + PercentEncoded(password_) +
         "@127.0.0.1:" + std::to_string(port_) + "/postgres?sslmode=disable";
}

PostgresClient::PostgresClient(const std::string& uri) : connection_(PQconnectdb(uri.c_str())) {}

PostgresClient::~PostgresClient() { PQfinish(connection_); }

bool PostgresClient::connected() const { return PQstatus(connection_) == CONNECTION_OK; }

std::string PostgresClient::Do(const std::string& sql) {
  PGresult* const result = PQexec(connection_, sql.c_str());
  const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  std::string told = state == nullptr ? "" : state;
  const ExecStatusType status = PQresultStatus(result);
  if (told.empty() && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) told = "?????";
  PQclear(result);
  return told;
}

}  // namespace redrive::testing_support
