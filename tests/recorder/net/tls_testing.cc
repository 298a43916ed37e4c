#include "tests/recorder/net/tls_testing.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>

namespace redrive {
namespace {

using KeyPointer = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using CertificatePointer = std::unique_ptr<X509, decltype(&X509_free)>;

KeyPointer MakeKey() { return KeyPointer(EVP_EC_gen("P-256"), &EVP_PKEY_free); }

void AddExtension(X509* certificate, X509* issuer, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  ASSERT_NE(extension, nullptr) << value;
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

CertificatePointer MakeCertificate(EVP_PKEY* key, const std::string& name, long serial,
                                   const LeafOptions& options) {
  CertificatePointer certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), options.valid_from_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), options.valid_until_s);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

void WriteFiles(const std::string& certificate_file, X509* certificate, const std::string& key_file,
                EVP_PKEY* key) {
  std::FILE* file = std::fopen(certificate_file.c_str(), "w");
  ASSERT_NE(file, nullptr);
  PEM_write_X509(file, certificate);
  std::fclose(file);
  if (key == nullptr) return;
  file = std::fopen(key_file.c_str(), "w");
  ASSERT_NE(file, nullptr);
  PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
}

}  // namespace

struct TestAuthority::Keys {
  KeyPointer key = MakeKey();
  CertificatePointer certificate{nullptr, &X509_free};
};

TestAuthority::TestAuthority() : keys_(std::make_unique<Keys>()) {
  keys_->certificate = MakeCertificate(keys_->key.get(), "Redrive test authority", 1, {});
  X509* authority = keys_->certificate.get();
  X509_set_issuer_name(authority, X509_get_subject_name(authority));
  AddExtension(authority, authority, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(authority, authority, NID_key_usage, "critical,keyCertSign,cRLSign");
  X509_sign(authority, keys_->key.get(), EVP_sha256());
  WriteFiles(ca_file(), authority, "", nullptr);
}

TestAuthority::~TestAuthority() = default;

ServerOptions TestAuthority::Sign(const LeafOptions& leaf) { return Make(leaf, false); }
ServerOptions TestAuthority::SelfSign(const LeafOptions& leaf) { return Make(leaf, true); }

ServerOptions TestAuthority::Make(const LeafOptions& leaf, bool by_itself) {
  const std::string number = std::to_string(++made_);
  const KeyPointer key = MakeKey();
  const CertificatePointer certificate = MakeCertificate(key.get(), "leaf", made_ + 1, leaf);
  X509* issuer = by_itself ? certificate.get() : keys_->certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer));
  AddExtension(certificate.get(), issuer, NID_subject_alt_name, leaf.names);
  X509_sign(certificate.get(), by_itself ? key.get() : keys_->key.get(), EVP_sha256());
  ServerOptions options;
  options.tls_certificate_file = directory_.File("leaf" + number + ".pem");
  options.tls_key_file = directory_.File("key" + number + ".pem");
  WriteFiles(options.tls_certificate_file, certificate.get(), options.tls_key_file, key.get());
  return options;
}

}  // namespace redrive
