/* The calendar: seconds since 1970 and what people call them. RFC 3339 for texts; RFC 5280,
 * 4.1.2.5 is where the years 0 to 9999 come from. Leap seconds do not exist here, as in POSIX. */
#include <stdio.h>

#include "x509/certificate.h"
#include "x509/der.h"

enum { DAY = 86400, DAYS_IN_400_YEARS = 146097, DAYS_TO_1970 = 719468 };

/* Years are counted from March, so that the leap day is the last of its year. */
int64_t civil_seconds(const struct civil *civil)
{
    int64_t year = civil->year - (civil->month <= 2 ? 1 : 0) + 400; /* of March, never negative */
    int64_t month = (civil->month + 9) % 12;
    int64_t day_of_year = (153 * month + 2) / 5 + civil->day - 1;
    int64_t days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year -
        DAYS_IN_400_YEARS - DAYS_TO_1970;
    return days * DAY + civil->hour * 3600 + civil->minute * 60 + civil->second;
}

struct civil civil_of(int64_t seconds)
{
    /* Outside of the years 0 to 9999: the nearest of them. */
    const int64_t least = -62167219200;
    const int64_t most = 253402300799;
    seconds = seconds < least ? least : seconds > most ? most : seconds;
    int64_t days = seconds / DAY;
    int64_t rest = seconds % DAY;
    if (rest < 0) {
        days--;
        rest += DAY;
    }
    days += DAYS_TO_1970 + DAYS_IN_400_YEARS;
    int64_t era = days / DAYS_IN_400_YEARS;
    int64_t day_of_era = days % DAYS_IN_400_YEARS;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    int64_t year = era * 400 + year_of_era - 400 + (month >= 10 ? 1 : 0);
    return (struct civil){
        .year = (int)year,
        .month = (int)(month < 10 ? month + 3 : month - 9),
        .day = (int)(day_of_year - (153 * month + 2) / 5 + 1),
        .hour = (int)(rest / 3600),
        .minute = (int)(rest / 60 % 60),
        .second = (int)(rest % 60),
    };
}

void time_text(int64_t seconds, char text[32])
{
    struct civil c = civil_of(seconds);
    (void)snprintf(text, 32, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)c.year % 10000u,
        (unsigned)c.month % 100u, (unsigned)c.day % 100u, (unsigned)c.hour % 100u,
        (unsigned)c.minute % 100u, (unsigned)c.second % 100u);
}

void duration_text(int64_t seconds, char text[32])
{
    static const struct {
        int64_t unit;
        const char *name;
    } units[] = { { (int64_t)365 * DAY, "year" }, { DAY, "day" }, { 3600, "hour" },
        { 60, "minute" }, { 1, "second" } };
    size_t i = 0;
    /* Years only from two on: "400 days" says more than "1 year". */
    while (i < 4 && seconds < units[i].unit * (i == 0 ? 2 : 1)) {
        i++;
    }
    int64_t count = seconds / units[i].unit;
    (void)snprintf(text, 32, "%lld %s%s", (long long)count, units[i].name, count == 1 ? "" : "s");
}
