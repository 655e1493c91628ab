#include <bluegreen/policy.h>

enum check_severity check_worst(const struct check *check)
{
    bool may_fail = check->value ? check->fail.set : check->severity == SEVERITY_FAIL;
    return may_fail ? SEVERITY_FAIL : SEVERITY_WARN;
}

bool check_concerns(const struct check *check, struct str name, enum side side)
{
    if (check->about == ABOUT_TARGET && check->sides && !(check->sides & 1u << side))
        return false;
    for (const char *const *glob = check->targets; glob && *glob; glob++)
        if (str_glob(name, str_of(*glob)))
            return true;
    return !check->targets;
}

const struct check *policy_find(const struct policy *policy, struct str name)
{
    for (unsigned i = 0; i < policy->count; i++)
        if (str_eq(str_of(policy->checks[i].name), name))
            return &policy->checks[i];
    return NULL;
}
