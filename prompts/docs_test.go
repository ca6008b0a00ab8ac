package prompts_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"xiaohe/prompts"
)

var update = flag.Bool("update", false, "rewrite the generated part of the documentation")

const (
	docFile  = "../docs/安全话术.md"
	docStart = "<!-- 以下由程序生成 -->\n"
	docEnd   = "<!-- 生成部分到此为止 -->\n"
)

var situationNames = map[prompts.Situation]string{
	prompts.ConcernGeneral: "关注：一般", prompts.ConcernSuicide: "关注：轻生、自伤的念头", prompts.ConcernBullying: "关注：被排挤、被辱骂",
	prompts.ConcernCarer: "关注：照护者太累", prompts.ConcernDistress: "关注：难过、失去亲人", prompts.ConcernHome: "关注：家里的事",
	prompts.Suicide: "轻生（对大人：身边的孩子想轻生）", prompts.OwnSuicide: "轻生（大人自己）", prompts.SelfHarm: "自伤", prompts.HomeViolence: "家里有人打人",
	prompts.SexualAbuse: "性侵害", prompts.OnlineCoercion: "网上威胁、裸照胁迫", prompts.Neglect: "没人照料", prompts.Confinement: "被关、被拐卖",
	prompts.Begging: "被逼讨钱、童工", prompts.CaregiverHarm: "照护者怕伤到孩子、已经伤到", prompts.Violence: "想伤人、有人要动手", prompts.Medical: "急症、中毒、落水",
	prompts.Runaway: "出走、走失", prompts.Bullying: "欺凌", prompts.Danger: "有害物质、危险游戏、听见声音", prompts.HelpButton: "按了求助按钮，或没有更确切的情形",
	prompts.NoHuman: "值班的人还没接上", prompts.AfterHigh: "高危之后又问政策：先说这一句",
	prompts.FollowWhere: "接着问：在哪里", prompts.FollowWho: "接着问：身边有谁", prompts.FollowHurt: "接着问：受伤没有", prompts.FollowStay: "陪着，不再问（可以一说再说）",
}

var audienceNames = map[prompts.Audience]string{
	prompts.SmallChild: "小孩子", prompts.Teenager: "大孩子", prompts.Caregiver: "照护者", prompts.Bystander: "旁人、同学", prompts.Director: "儿童主任",
}

func generated(b *prompts.Book) string {
	var w strings.Builder
	signed := 0
	for _, s := range b.Scripts() {
		if s.Approved() {
			signed++
		}
	}
	fmt.Fprintf(&w, "\n## 全部话术\n\n共 %d 条，已审定 %d 条。下面是第一次出现、还没有人接单、没有地区信息时看到的样子（接着问的几条，是已经说过“我是AI助手”的样子）。\n", len(b.Scripts()), signed)
	for _, situation := range prompts.Situations {
		fmt.Fprintf(&w, "\n### %s\n", situationNames[situation])
		for level := 2; level <= 4; level++ {
			table(&w, b, situation, level)
		}
	}
	w.WriteString("\n## 1 级：答问题以前的一句暖话\n\n")
	sympathyTable(&w, b)
	w.WriteString("\n## 现在显示的电话\n\n")
	hotlineTable(&w, b)
	return w.String()
}

// table shows the words of one situation at one level; those that are another script's only by reference.
func table(w *strings.Builder, b *prompts.Book, situation prompts.Situation, level int) {
	var rows []string
	for _, audience := range prompts.Audiences {
		r := b.Render(prompts.Request{Situation: situation, Audience: audience, Level: level, AISaid: followUp(situation)})
		id := fmt.Sprintf("%s_%s@%d", audience, situation, level)
		switch {
		case r.ID == id:
			state := "待核"
			if s := b.ScriptFor(situation, audience, level); s.Approved() {
				state = s.ApprovedBy + " " + s.ApprovedOn
			}
			rows = append(rows, fmt.Sprintf("| %s | %s | %s | 第 %d 版，%s |", audienceNames[audience], strings.Join(r.Bubbles, "<br>"), r.ID, r.Version, state))
		case !concern(situation) && level == 2, concern(situation) && level > 2, (situation == prompts.HelpButton || situation == prompts.NoHuman || situation == prompts.AfterHigh || followUp(situation)) && level == 2:
		default:
			rows = append(rows, fmt.Sprintf("| %s | 同 %s | | |", audienceNames[audience], r.ID))
		}
	}
	if len(rows) > 0 {
		fmt.Fprintf(w, "\n%d 级\n\n| 对谁 | 说什么 | 编号 | 审定 |\n|---|---|---|---|\n%s\n", level, strings.Join(rows, "\n"))
	}
}

func concern(s prompts.Situation) bool { return strings.HasPrefix(string(s), "concern_") }

func followUp(s prompts.Situation) bool { return strings.HasPrefix(string(s), "follow_") }

func sympathyTable(w *strings.Builder, b *prompts.Book) {
	w.WriteString("| 对谁 | 说哪一句（轮着说） |\n|---|---|\n")
	for _, audience := range prompts.Audiences {
		var lines []string
		for n := 0; !slices.Contains(lines, b.Sympathy(audience, n)); n++ {
			lines = append(lines, b.Sympathy(audience, n))
		}
		fmt.Fprintf(w, "| %s | %s |\n", audienceNames[audience], strings.Join(lines, "<br>"))
	}
}

func hotlineTable(w *strings.Builder, b *prompts.Book) {
	stale := map[string]string{}
	for _, h := range b.Stale(time.Time{}) {
		stale[h.Number] = h.Note
	}
	w.WriteString("| 占位符 | 号码 | 名称 | 显示的说明 | 核对 |\n|---|---|---|---|---|\n")
	for _, key := range []string{"police", "ambulance", "fire", "sms_police", "psych", "local_psych", "youth", "women", "government", "legal_aid", "procuratorate", "child_rescue"} {
		where := ""
		h, shown := b.Hotline(key, "", time.Time{})
		if !shown && key == "local_psych" {
			h, shown = b.Hotline(key, "330100", time.Time{})
			where = "（杭州）"
		}
		if shown {
			fmt.Fprintf(w, "| %s | %s | %s%s | %s | %s |\n", key, h.Number, h.Name, where, h.Note, stale[h.Number])
		} else {
			fmt.Fprintf(w, "| %s | 不显示 | | | 没有核对，或现状不明 |\n", key)
		}
	}
}

// TestDocs keeps the tables of the documentation in step with the words; -update rewrites them.
func TestDocs(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), docStart)
	_, after, closed := strings.Cut(rest, docEnd)
	if !found || !closed {
		t.Fatalf("%s has lost its marks", docFile)
	}
	want := before + docStart + generated(load(t)) + docEnd + after
	if string(data) == want {
		return
	}
	if !*update {
		t.Fatalf("%s is out of date: go test ./prompts -run TestDocs -update", docFile)
	}
	if err := os.WriteFile(docFile, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}
