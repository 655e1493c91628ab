#include "support/certs.h"
#include "support/proc.h"

static void openssl(const char *const *args)
{
    const char *argv[32] = {"/usr/bin/env", "openssl"};
    char *errors;
    for (size_t i = 2; *args && i < 31; i++)
        argv[i] = *args++;
    if (proc_run(argv, NULL, NULL, &errors) != 0)
        fail_msg("openssl: %s", errors);
}

#define OPENSSL(...) openssl((const char *const[]){__VA_ARGS__, NULL})

const char *certs_file(const char *dir, const char *name, const char *ending)
{
    return test_text("%s/%s.%s", dir, name, ending);
}

void certs_authority(const char *dir, const char *name)
{
    OPENSSL("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2", "-subj", test_text("/CN=%s", name), "-keyout", certs_file(dir, name, "key"), "-out",
            certs_file(dir, name, "pem"));
}

void certs_issue(const char *dir, const char *name, const char *authority, const char *names)
{
    const char *request = certs_file(dir, name, "csr"), *extensions = certs_file(dir, name, "ext");
    test_write(extensions, test_text("subjectAltName=%s\n", names));
    OPENSSL("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj",
            test_text("/CN=%s", name), "-keyout", certs_file(dir, name, "key"), "-out", request);
    OPENSSL("x509", "-req", "-in", request, "-CA", certs_file(dir, authority, "pem"), "-CAkey",
            certs_file(dir, authority, "key"), "-CAcreateserial", "-days", "2", "-extfile", extensions,
            "-out", certs_file(dir, name, "pem"));
}
