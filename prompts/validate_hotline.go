package prompts

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	keyForm    = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	numberForm = regexp.MustCompile(`^[0-9]{3,12}(-[0-9]{3,8})?$`)
	regionForm = regexp.MustCompile(`^(CN|\d{2}|\d{4}|\d{6}|\d{9}|\d{12})$`)
	// wholeDay finds round-the-clock claims that hide in free text.
	wholeDay = regexp.MustCompile(`24|２４|二十四|廿四|全天|昼夜|随时|7\s*[×xX*]\s*24`)
)

// neverWholeDay: the psychological line must answer at least 18 hours a day, and no more is promised anywhere.
const neverWholeDay = "12356"

func (e entry) check() error {
	switch {
	case !keyForm.MatchString(e.Key):
		return errors.New("key is not a lower-case name")
	case !numberForm.MatchString(e.Number):
		return errors.New("number is not a telephone number")
	case e.Name == "" || e.Use == "" || e.Source == "":
		return errors.New("name, use and source must be filled in")
	case !regionForm.MatchString(e.Region):
		return fmt.Errorf("region %q is neither CN nor the digits of a division", e.Region)
	case e.Channel != "voice" && e.Channel != "sms":
		return fmt.Errorf("channel %q is neither voice nor sms", e.Channel)
	case !slices.Contains([]string{"P", "S", "G", "X"}, e.Confidence):
		return fmt.Errorf("confidence %q is none of P, S, G, X", e.Confidence)
	case e.MaxAgeDays < 1 || e.MaxAgeDays > 366:
		return errors.New("max_age_days is not between 1 and 366")
	}
	return errors.Join(e.checkEmergency(), e.checkDate(), e.checkHours())
}

func (e entry) checkEmergency() error {
	number, key := emergency[e.Key]
	if key && (e.Number != number || e.Region != "CN" || e.Channel != "voice" || e.Confidence == "X") {
		return fmt.Errorf("%s is %s in the whole country and cannot be changed", e.Key, number)
	}
	return nil
}

func (e entry) checkDate() error {
	if (e.VerifiedOn == "") != (e.VerifiedBy == "") {
		return errors.New("verified_on and verified_by go together")
	}
	if e.VerifiedOn != "" {
		if _, err := time.Parse(time.DateOnly, e.VerifiedOn); err != nil {
			return fmt.Errorf("verified_on %q is not a date such as 2026-01-31", e.VerifiedOn)
		}
	}
	return nil
}

func (e entry) checkHours() error {
	h := e.Hours
	switch h.Kind {
	case "always":
		if e.Number == neverWholeDay {
			return errors.New("is never a line for the whole day")
		}
		if !e.isEmergency() && e.VerifiedOn == "" {
			return errors.New("always needs a dated check")
		}
	case "at_least":
		if h.PerDay < 1 || h.PerDay > 23 {
			return errors.New("per_day is not between 1 and 23")
		}
	case "local":
		if strings.TrimSpace(h.Text) == "" {
			return errors.New("local hours need a text")
		}
	case "unknown":
	default:
		return fmt.Errorf("hours %q is none of always, at_least, local, unknown", h.Kind)
	}
	if e.Number == neverWholeDay && wholeDay.MatchString(h.Text+e.Use+e.Name) {
		return errors.New("is never a line for the whole day")
	}
	return nil
}
