package ingest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"xiaohe/knowledge"
)

// What the head and the tail of an official document say about it (党政机关公文格式 GB/T 9704).
var (
	numberLine = regexp.MustCompile(`^\p{Han}{1,12}[\s]*[〔\[（(【]\s*(?:19|20)\d{2}\s*[〕\]）)】]\s*(?:第\s*)?\d{1,4}\s*号$`)
	arabicDate = regexp.MustCompile(`((?:19|20)\d{2})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日`)
	hanDate    = regexp.MustCompile(`([一二三四五六七八九〇零○]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})日`)
	inForce    = regexp.MustCompile(`自\s*((?:19|20)\d{2}年\d{1,2}月\d{1,2}日)\s*起(?:正式)?(?:施行|实施|执行|生效)`)
	fromIssue  = regexp.MustCompile(`自(?:公布|发布|印发)之日起(?:施行|实施|执行|生效)`)
	validFor   = regexp.MustCompile(`有效期(?:为)?\s*([一二三四五六七八九十\d]{1,2})\s*年`)
	validUntil = regexp.MustCompile(`有效期至\s*((?:19|20)\d{2}年\d{1,2}月\d{1,2}日)`)
	ends       = regexp.MustCompile(`[^。；\n]*(?:同时废止|予以废止)`)
	quoted     = regexp.MustCompile(`《([^《》]{4,60})》`)
	issuedHead = regexp.MustCompile(`(?:通过|公布|发布|修订|修正)`)
)

// complete fills in what the front matter does not state with what the text itself says.
// What cannot be found is a warning, and the document is shown as 待核.
func (m *metadata) complete(all []line, region string) (warnings []string) {
	if m.Title == "" {
		m.Title = findTitle(all)
	}
	if m.Number == "" {
		for _, l := range all[:min(len(all), 12)] {
			if numberLine.MatchString(l.text) {
				m.Number = l.text
				break
			}
		}
	}
	if m.Issued == "" {
		m.Issued = findIssued(all)
	}
	if m.Effective == "" {
		m.Effective = findEffective(all, m.Issued)
	}
	if m.Expires == "" {
		m.Expires = findExpiry(all, m.Effective)
	}
	if m.Region == "" {
		m.Region = region
	}
	if m.Issued == "" && m.Effective == "" {
		warnings = append(warnings, "找不到发文或施行日期，日期待核")
	}
	return warnings
}

// findTitle takes the first heading, else the first short line that is not a number.
func findTitle(all []line) string {
	for _, l := range all {
		if l.heading && l.level == levelHeading {
			return l.text
		}
		if l.level == levelArticle || l.level == levelSection {
			break
		}
	}
	for _, l := range all[:min(len(all), 8)] {
		if l.level == levelText && utf8.RuneCountInString(l.text) <= 60 && !numberLine.MatchString(l.text) && !strings.ContainsAny(l.text, "。：:") {
			return l.text
		}
	}
	return ""
}

// findIssued looks at the signature (the last lines), then at the note under the title, whose latest date counts.
func findIssued(all []line) string {
	for i := len(all) - 1; i >= max(0, len(all)-8); i-- {
		if utf8.RuneCountInString(all[i].text) <= 30 {
			if d := parseDate(all[i].text); d != "" {
				return d
			}
		}
	}
	latest := ""
	for _, l := range all[:min(len(all), 12)] {
		if l.level == levelArticle {
			break
		}
		if issuedHead.MatchString(l.text) {
			for _, d := range allDates(l.text) {
				latest = max(latest, d)
			}
		}
	}
	return latest
}

func findEffective(all []line, issued string) string {
	for i := len(all) - 1; i >= 0; i-- {
		if m := inForce.FindStringSubmatch(all[i].text); m != nil {
			return parseDate(m[1])
		}
		if fromIssue.MatchString(all[i].text) && len(issued) == 10 {
			return issued
		}
	}
	return ""
}

func findExpiry(all []line, effective string) string {
	for i := len(all) - 1; i >= 0; i-- {
		if m := validUntil.FindStringSubmatch(all[i].text); m != nil {
			return parseDate(m[1])
		}
		if m := validFor.FindStringSubmatch(all[i].text); m != nil && len(effective) == 10 {
			year, _ := strconv.Atoi(effective[:4])
			return fmt.Sprintf("%04d%s", year+hanNumber(m[1]), effective[4:])
		}
	}
	return ""
}

// findAbolished lists the numbers and titles, as keys, of the documents that this one ends.
func findAbolished(all []line, title string) []string {
	var keys []string
	for _, l := range all {
		for _, sentence := range ends.FindAllString(l.text, -1) {
			for _, m := range quoted.FindAllStringSubmatch(sentence, -1) {
				if key := knowledge.TitleKey(m[1]); key != knowledge.TitleKey(title) {
					keys = append(keys, key)
				}
			}
			for _, m := range bracketed.FindAllStringSubmatch(sentence, -1) {
				keys = append(keys, knowledge.NumberKey(m[1]))
			}
		}
	}
	return keys
}

var bracketed = regexp.MustCompile(`[（(](\p{Han}{1,8}[〔\[]\d{4}[〕\]]\d{1,4}号)`)

// parseDate reads the first date of a text, in Arabic or Chinese numerals, as YYYY-MM-DD; empty if there is none.
func parseDate(text string) string {
	if dates := allDates(text); len(dates) > 0 {
		return dates[0]
	}
	return ""
}

func allDates(text string) []string {
	var out []string
	add := func(y, m, d int) {
		date := fmt.Sprintf("%04d-%02d-%02d", y, m, d)
		if _, err := knowledge.ParseDate(date); err == nil {
			out = append(out, date)
		}
	}
	for _, m := range arabicDate.FindAllStringSubmatch(text, -1) {
		add(hanNumber(m[1]), hanNumber(m[2]), hanNumber(m[3]))
	}
	for _, m := range hanDate.FindAllStringSubmatch(text, -1) {
		year := 0
		for _, r := range m[1] {
			year = year*10 + hanNumber(string(r))
		}
		add(year, hanNumber(m[2]), hanNumber(m[3]))
	}
	return out
}

// hanNumber reads a number below ten thousand in Chinese numerals (十二, 一百零二, 一千零九十三) or Arabic ones;
// 0 where it is neither.
func hanNumber(text string) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	total, digit := 0, 0
	for _, r := range text {
		switch i := strings.IndexRune("零一二三四五六七八九", r); {
		case i >= 0:
			digit = i / 3
		case r == '〇' || r == '○':
			digit = 0
		case r == '两':
			digit = 2
		default:
			unit := map[rune]int{'十': 10, '百': 100, '千': 1000}[r]
			if unit == 10 && digit == 0 {
				digit = 1
			}
			total += digit * unit
			digit = 0
		}
	}
	return total + digit
}
