/* Tests of the handshake's tables: see model.h.
 *
 *     model            all tests
 *     model --quick    the library's tables alone, without planted mistakes (for tools/delete-rows)
 *     model --rows     no test: the library's rows, tab-separated (for tools/draw-tables) */
#include <string.h>

#include "model.h"
#include "test.h"

static void tables_are_tidy(void)
{
    for (size_t i = 0; i < SUBJECTS; i++) {
        const char *what = untidy(&subjects[i]);
        CHECK_TEXT(what == NULL ? "" : what, "");
    }
}

/* All combinations, all interleavings, all probes of one subject. */
static void judge(size_t index, unsigned long combinations)
{
    struct run *run = run_new(&subjects[index]);
    CHECK(run != NULL);
    if (run == NULL) {
        return;
    }
    bool agrees = run_all(run);
    char why[200];
    complaint_text(run, why, sizeof why);
    CHECK_TEXT(agrees ? "" : why, "");
    const struct tally *t = &run->tally;
    (void)printf("%s: %lu combinations of facts, %lu worlds, %lu ends, %lu records; %lu messages "
        "tried, %lu with bytes behind them; %lu secrets, %lu operations, %lu dropped\n",
        run->subject->name, t->combinations, t->worlds, t->ends, t->records, t->probes, t->glued,
        t->secrets, t->operations, t->dropped);
    CHECK(t->combinations == combinations);
    CHECK(t->probes > 0 && t->glued > 0 && t->secrets > 0 && t->operations > 0);
    run_free(run);
}

static void tls13_is_what_the_rfc_allows(void)
{
    judge(LIBRARY, 16);
}

static void tls12_is_what_the_rfcs_allow(void)
{
    judge(1, 44);
}

static void tls13_to_come_is_what_the_rfcs_allow(void)
{
    judge(2, 51);
}

/* Each rule of the engine is needed, and its breach is seen. */
static void flaws_of_an_engine_are_noticed(void)
{
    static const char *const words[FLAWS] = {
#define X(name, words) words,
        FLAWS_OF_AN_ENGINE(X)
#undef X
    };
    for (unsigned flaw = SOUND + 1; flaw < FLAWS; flaw++) {
        bool noticed = false;
        for (size_t i = 0; i < SUBJECTS && !noticed; i++) {
            struct run *run = run_new(&subjects[i]);
            if (run == NULL) {
                break;
            }
            run->flaw = (enum flaw)flaw;
            noticed = !run_all(run);
            if (noticed) {
                char why[200];
                complaint_text(run, why, sizeof why);
                (void)printf("noticed: %s (%s, %s)\n", words[flaw], subjects[i].name, why);
            }
            run_free(run);
        }
        if (!noticed) {
            (void)printf("not noticed: %s\n", words[flaw]);
        }
        CHECK(noticed);
    }
}

static void sweep_subjects(enum mistake mistake)
{
    for (size_t i = 0; i < SUBJECTS; i++) {
        if (mistake == HANDLER_DROPPED && !subjects[i].handlers) {
            continue;
        }
        struct count count = { 0 };
        CHECK(sweep(&subjects[i], mistake, &count));
        CHECK(count.planted > 0);
        (void)printf("%s: %s: %lu planted, %lu noticed, %lu make no difference\n",
            subjects[i].name, mistake_name(mistake), count.planted, count.caught, count.explained);
    }
}

static void deleted_rows_are_noticed(void)
{
    sweep_subjects(DELETED);
}

static void dropped_guards_are_noticed(void)
{
    sweep_subjects(UNGUARDED);
}

static void dropped_handlers_are_noticed(void)
{
    sweep_subjects(HANDLER_DROPPED);
}

static void dropped_keys_are_noticed(void)
{
    sweep_subjects(KEY_DROPPED);
}

static void early_keys_are_noticed(void)
{
    sweep_subjects(KEY_EARLY);
}

static void late_keys_are_noticed(void)
{
    sweep_subjects(KEY_LATE);
}

static void wrong_ways_are_noticed(void)
{
    sweep_subjects(LED_ELSEWHERE);
}

static void other_messages_are_noticed(void)
{
    sweep_subjects(ANOTHER_MESSAGE);
}

static void added_rows_are_noticed(void)
{
    sweep_subjects(ROW_ADDED);
}

/* An explanation that explains nothing hides a mistake to come. */
static void explanations_are_needed(void)
{
    CHECK(explanations_needed());
}

static void post_auth_is_what_the_rfc_allows(void)
{
    CHECK(post_auth_agrees());
}

static void mistakes_in_post_auth_are_noticed(void)
{
    CHECK(post_auth_mistakes_are_noticed());
}

static void guards_have_names(void)
{
    CHECK(rows_print(NULL, &subjects[LIBRARY]));
    CHECK(rows_print(NULL, &subjects[1]));
}

int main(int argc, char **argv)
{
    static const struct test tests[] = { TEST(tables_are_tidy), TEST(tls13_is_what_the_rfc_allows),
        TEST(post_auth_is_what_the_rfc_allows), TEST(mistakes_in_post_auth_are_noticed),
        TEST(guards_have_names), TEST(tls12_is_what_the_rfcs_allow),
        TEST(tls13_to_come_is_what_the_rfcs_allow), TEST(flaws_of_an_engine_are_noticed),
        TEST(deleted_rows_are_noticed), TEST(dropped_guards_are_noticed),
        TEST(dropped_handlers_are_noticed), TEST(dropped_keys_are_noticed),
        TEST(early_keys_are_noticed), TEST(late_keys_are_noticed), TEST(wrong_ways_are_noticed),
        TEST(other_messages_are_noticed), TEST(added_rows_are_noticed),
        TEST(explanations_are_needed) };
    enum { QUICK_TESTS = 3 };
    const char *flag = argc > 1 ? argv[1] : "";
    if (strcmp(flag, "--rows") == 0) {
        return rows_print(stdout, &subjects[LIBRARY]) && rows_print(stdout, &subjects[1]) ? 0 : 1;
    }
    bool quick = strcmp(flag, "--quick") == 0;
    return test_run_all(tests, quick ? QUICK_TESTS : sizeof tests / sizeof *tests);
}
