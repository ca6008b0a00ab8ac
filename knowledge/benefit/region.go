package benefit

import (
	"strconv"
	"strings"
)

// Country is the code of the whole country in rule files (not in GB/T 2260).
const Country int64 = 100000_000000

// RegionName is a row of regions.yaml.
type RegionName struct {
	Code    string
	Name    string
	Parent  string
	Aliases []string
}

// placeCode reads a region code of 6, 9 or 12 digits as a 12-digit number.
func placeCode(text string) (int64, bool) {
	switch len(text) {
	case 6, 9, 12:
	default:
		return 0, false
	}
	n, err := strconv.ParseInt(text+strings.Repeat("0", 12-len(text)), 10, 64)
	return n, err == nil && n > 0
}

// countyOf is the six-digit level of a code.
func countyOf(code int64) int64 { return code / 1_000000 * 1_000000 }

func cityOf(code int64) int64     { return code / 1_00000000 * 1_00000000 }
func provinceOf(code int64) int64 { return code / 1_0000000000 * 1_0000000000 }

// isCounty tells whether a code is a county or lies within one.
func isCounty(code int64) bool { return code != Country && code/1_000000%100 != 0 }

// chain is a place and all that it lies in, itself first: 西湖区, 杭州市, 浙江省, 全国. Codes say so by their
// digits; what is above the county but has no authority (500100) is passed over since nothing is recorded for it.
func chain(code int64) []int64 {
	levels := make([]int64, 0, 4)
	for _, c := range []int64{countyOf(code), cityOf(code), provinceOf(code), Country} {
		if len(levels) == 0 || c != levels[len(levels)-1] {
			levels = append(levels, c)
		}
	}
	if code == Country {
		return levels[len(levels)-1:]
	}
	return levels
}

// below tells whether region lies strictly within place.
func below(region, place int64) bool {
	if region == place {
		return false
	}
	for _, c := range chain(region)[1:] {
		if c == place {
			return true
		}
	}
	return false
}

// coarse tells whether a place is known only above the county, so that a local rule below it may hold.
func coarse(place int64) bool { return !isCounty(place) }

func shortCode(code int64) string {
	text := strconv.FormatInt(code, 10)
	switch {
	case strings.HasSuffix(text, "000000"):
		return text[:6]
	case strings.HasSuffix(text, "000"):
		return text[:9]
	}
	return text
}
