package knowledge

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"xiaohe/knowledge/lexical"
	"xiaohe/knowledge/seed"
)

// Region is an administrative division (GB/T 2260 for province, city and county; 9 and 12 digits below).
type Region struct {
	Code   string // 12 digits
	Level  int    // 0 country, 1 province, 2 city, 3 county, 4 township, 5 village
	Name   string
	Prefix string // the significant digits: a region sees what starts with a prefix of this
	Parent string // 12 digits, empty for the country
}

// Country is the code of the whole country.
const Country = "100000"

// Short is the code as people write it: six digits down to the county, then nine or twelve.
func (r Region) Short() string { return shortCode(r.Code) }

func shortCode(code string) string {
	switch {
	case len(code) != 12 || !strings.HasSuffix(code, "000"):
		return code
	case strings.HasSuffix(code, "000000"):
		return code[:6]
	default:
		return code[:9]
	}
}

var digits = regexp.MustCompile(`^\d{6}(\d{3}){0,2}$`)

// LoadRegions writes the built-in county-level tree. It leaves regions that were added below it alone.
func (s *Store) LoadRegions(ctx context.Context) error {
	rows := seed.Lines("regions.tsv")
	var have int
	if err := s.db.QueryRow(ctx, `SELECT count(*) FROM regions WHERE level <= 3`).Scan(&have); err != nil {
		return fmt.Errorf("count regions: %w", err)
	}
	if have == len(rows) {
		return nil
	}
	batch := &pgx.Batch{}
	for _, row := range rows {
		f := strings.Split(row, "\t")
		code, level, parent, name := f[0], int(f[1][0]-'0'), f[2], f[3]
		batch.Queue(`INSERT INTO regions (code, level, parent_code, name, short_name, prefix)
			VALUES ($1, $2, nullif($3, ''), $4, $5, $6)
			ON CONFLICT (code) DO UPDATE SET parent_code = excluded.parent_code, name = excluded.name, short_name = excluded.short_name`,
			longCode(code), level, longCode(parent), name, ShortName(name), code[:[]int{0, 2, 4, 6}[level]])
	}
	if err := s.db.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("load regions: %w", err)
	}
	return nil
}

func longCode(code string) string {
	if code == "" {
		return ""
	}
	return code + strings.Repeat("0", 12-len(code))
}

const selectRegion = `SELECT code, level, name, prefix, coalesce(parent_code, '') FROM regions `

// Region finds a region by code (6, 9 or 12 digits) or by name (杭州, 杭州市, 浙江杭州, 重庆市渝中区).
// The empty text is the whole country. A name that fits several regions needs its province or city before it.
func (s *Store) Region(ctx context.Context, text string) (Region, error) {
	text = strings.TrimSpace(lexical.Normalize(text))
	switch {
	case text == "":
		return s.regionByCode(ctx, Country)
	case digits.MatchString(text):
		return s.regionByCode(ctx, text)
	}
	return s.regionByName(ctx, text)
}

func (s *Store) regionByCode(ctx context.Context, code string) (Region, error) {
	// 110100 and 429000 are levels without an authority: the list leaves them out and so means the province.
	rows, err := s.db.Query(ctx, selectRegion+`WHERE code = ANY($1) ORDER BY level DESC`,
		[]string{longCode(code), longCode(emptyCityLevel(code))})
	if err != nil {
		return Region{}, fmt.Errorf("find region: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Region])
	if err != nil {
		return Region{}, fmt.Errorf("find region: %w", err)
	}
	if len(found) == 0 {
		return Region{}, &InputError{fmt.Sprintf("没有代码为 %s 的地区，请写行政区划代码（如 330100）或名称（如 杭州）", code)}
	}
	return found[0], nil
}

func emptyCityLevel(code string) string {
	switch code {
	case "110100", "120100", "310100", "500100", "500200", "419000", "429000", "469000", "659000":
		return code[:2] + "0000"
	}
	return code
}

// ShortName is a region's name as people say it: 杭州, 广西, 恩施, 西湖. Names of two characters stay whole.
func ShortName(name string) string {
	if m := autonomous.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	for _, tail := range []string{"特别行政区", "自治区", "地区", "省", "市", "区", "县", "盟", "旗"} {
		if short := strings.TrimSuffix(name, tail); short != name && len([]rune(short)) >= 2 {
			return short
		}
	}
	return name
}

// autonomous takes the name of the people off: 恩施土家族苗族自治州, 广西壮族自治区, 新疆维吾尔自治区.
var autonomous = regexp.MustCompile(`^(\p{Han}{2,}?)(?:维吾尔|\p{Han}{1,4}族|各族)+自治[区州县旗]$`)

func (s *Store) regionByName(ctx context.Context, name string) (Region, error) {
	rows, err := s.db.Query(ctx, `
		SELECT r.code, r.level, r.name, r.prefix, coalesce(r.parent_code, '')
		FROM regions r LEFT JOIN regions p ON p.code = r.parent_code LEFT JOIN regions g ON g.code = p.parent_code
		WHERE $1 IN (r.name, r.short_name)
		   OR p.level > 0 AND ($1 LIKE '%' || r.name OR $1 LIKE '%' || r.short_name)
		      AND (starts_with($1, p.short_name) OR g.level > 0 AND starts_with($1, g.short_name))
		ORDER BY r.level`, name)
	if err != nil {
		return Region{}, fmt.Errorf("find region: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Region])
	if err != nil {
		return Region{}, fmt.Errorf("find region: %w", err)
	}
	switch {
	case len(found) == 0:
		return Region{}, &InputError{fmt.Sprintf("没有找到地区“%s”，请写行政区划代码（如 330100）或名称（如 杭州、浙江省杭州市）", clip(name, 20))}
	case len(found) > 1 && found[0].Level == found[1].Level:
		return Region{}, &InputError{fmt.Sprintf("叫“%s”的地区不止一个，请在前面加上省和市，例如 北京市朝阳区", clip(name, 20))}
	}
	return found[0], nil
}

// Path returns the region and its ancestors, the country first.
func (s *Store) Path(ctx context.Context, r Region) ([]Region, error) {
	rows, err := s.db.Query(ctx, selectRegion+`WHERE starts_with($1, prefix) ORDER BY level`, r.Prefix)
	if err != nil {
		return nil, fmt.Errorf("region path: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Region])
}

// Children lists the regions directly below r, for the picker.
func (s *Store) Children(ctx context.Context, r Region) ([]Region, error) {
	rows, err := s.db.Query(ctx, selectRegion+`WHERE parent_code = $1 AND valid_to IS NULL ORDER BY code`, r.Code)
	if err != nil {
		return nil, fmt.Errorf("regions below: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Region])
}

// IsInputError tells whether err is a mistake of the person who asked, to be shown to them as it is.
func IsInputError(err error) bool {
	var e *InputError
	return errors.As(err, &e)
}

// RegionIn finds the region that a text names: provinces and cities by their usual names, counties by their full
// ones. Without one, or where the text names places that do not lie within each other, it is the whole country.
func (s *Store) RegionIn(ctx context.Context, text string) (Region, error) {
	rows, err := s.db.Query(ctx, selectRegion+`
		WHERE level IN (1, 2) AND strpos($1, short_name) > 0 OR level = 3 AND length(name) > 2 AND strpos($1, name) > 0
		ORDER BY level DESC, code`, lexical.Normalize(text))
	if err != nil {
		return Region{}, fmt.Errorf("find region in text: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Region])
	if err != nil {
		return Region{}, fmt.Errorf("find region in text: %w", err)
	}
	if r, ok := meant(all); ok {
		return r, nil
	}
	return s.regionByCode(ctx, Country)
}

// meant is the most precise of the regions that a text names, where they lie within each other. A county that has
// namesakes is the one within the city or province that is named too: 杭州西湖区 is not the one of 南昌.
func meant(named []Region) (Region, bool) {
	above := slices.DeleteFunc(slices.Clone(named), func(r Region) bool { return r.Level == 3 })
	counties := slices.DeleteFunc(slices.Clone(named), func(r Region) bool { return r.Level != 3 || !within(r, above) })
	if len(counties) == 1 {
		return counties[0], true
	}
	for _, r := range named {
		if within(r, named) {
			return r, true
		}
	}
	return Region{}, false
}

func within(r Region, others []Region) bool {
	return !slices.ContainsFunc(others, func(other Region) bool { return !strings.HasPrefix(r.Prefix, other.Prefix) })
}
