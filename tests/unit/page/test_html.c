/* test_html.c — page/html.c and the page made with it: whatever is put in, the markup is ours. */
#include "page/html.h"
#include "page/report_html.h"
#include "page/result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
words_are_escaped_wherever_they_stand(void **state)
{
    (void)state;
    AUTO_HTML html = {0};
    html_open(&html, "b", "title", "\"><script>", "lang", NULL, NULL);
    html_words(&html, "<script>'&amp;\"");
    html_close(&html);
    assert_string_equal(text_string(&html.text), "<b title=\"&quot;&gt;&lt;script&gt;\">"
                                                 "&lt;script&gt;'&amp;amp;&quot;</b>");
}

static void
what_xml_cannot_hold_is_shown_as_an_escape(void **state)
{
    (void)state;
    AUTO_HTML html = {0};
    html_words(&html, "a\x01\x1b"
                      "b\xff\n"
                      "\xef\xbf\xbf\xef\xbf\xbe\xef\xbf\xbd\xe2\x80\xae \xc3\xa9");
    assert_string_equal(text_string(&html.text),
                        "a\\x01\\x1bb\\xff\\n\\u{ffff}\\u{fffe}\xef\xbf\xbd\\u{202e} \xc3\xa9");
}

static void
a_cut_character_at_the_end_is_not_read_beyond(void **state)
{
    (void)state;
    AUTO_HTML html = {0};
    html_words(&html, "\xef");
    html_words(&html, "\xef\xbf");
    assert_string_equal(text_string(&html.text), "\\xef\\xef\\xbf");
}

static void
elements_close_in_the_order_they_opened(void **state)
{
    (void)state;
    AUTO_HTML html = {0};
    html_open(&html, "td", NULL);
    html_element_format(&html, "i", "n", "%d < %d", 1, 2);
    html_void(&html, "rect", "x", "0", NULL);
    html_close(&html);
    assert_int_equal(html.depth, 0);
    assert_string_equal(text_string(&html.text),
                        "<td><i class=\"n\">1 &lt; 2</i><rect x=\"0\"/></td>");
}

static void
a_report_that_lacks_everything_is_still_a_whole_page(void **state)
{
    (void)state;
    AUTO_HTML html = {0};
    AUTO_JSON *report = json_object();
    report_html_write(&html, report);
    assert_int_equal(html.depth, 0);
    const char *page = text_string(&html.text);
    assert_int_equal(strncmp(page, report_html_prologue, strlen(report_html_prologue)), 0);
    assert_non_null(strstr(page, "</html>\n"));
    assert_null(strstr(page, "nan"));
}

static void
a_page_shows_names_as_words_and_ticks_nothing_by_itself(void **state)
{
    (void)state;
    AUTO_HTML html = {0};
    AUTO_JSON *report = json_pack("{s:{s:s}, s:[{s:s, s:s, s:i}], s:[{s:s, s:s, s:[]}], s:i}",
                                  "source", "path", "/d/<b>.db", "tables", "source", "<script>",
                                  "target", "public.\"<script>\"", "rows_target", 3,
                                  "checklist", "item", "Services", "state", "yours", "checks",
                                  "exit_code", 0);
    assert_non_null(report);
    report_html_write(&html, report);
    const char *page = text_string(&html.text);
    assert_non_null(strstr(page, "<bdi>&lt;b&gt;.db</bdi>"));
    assert_non_null(strstr(page, "public.&quot;&lt;script&gt;&quot;"));
    assert_null(strstr(page, "<script"));
    assert_non_null(strstr(page, "0 of 1 ticked"));
    assert_non_null(strstr(page, "data-state=\"yours\""));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_escaped_wherever_they_stand),
        cmocka_unit_test(what_xml_cannot_hold_is_shown_as_an_escape),
        cmocka_unit_test(a_cut_character_at_the_end_is_not_read_beyond),
        cmocka_unit_test(elements_close_in_the_order_they_opened),
        cmocka_unit_test(a_report_that_lacks_everything_is_still_a_whole_page),
        cmocka_unit_test(a_page_shows_names_as_words_and_ticks_nothing_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
