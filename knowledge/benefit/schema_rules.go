package benefit

// common are the keys that a rule and a local change share.
func (s schemas) common() object {
	source := closed(object{"文号": object{"type": "string"}, "名称": text(), "链接": object{"type": "string", "pattern": "^https?://"},
		"可信": enum(seens...), "施行": text(), "说明": text()}, "名称", "可信")
	return object{
		"地区": ref("place"),
		"施行": closed(object{"自": ref("date"), "至": ref("date")}, "自"),
		"核对": closed(object{"日期": ref("date"), "人": text(), "下次": ref("date")}, "日期", "人", "下次"),
		"依据": mapping(source), "定义": mapping(ref("texts")), "分条件": mapping(ref("condition")),
	}
}

// sections are the parts of a rule that a local change may replace.
func (s schemas) sections() object {
	return object{
		"条件": ref("condition"), "金额": object{"type": "array", "items": amountSchema(), "minItems": 1},
		"材料": closed(object{
			"都要":  list(closed(object{"件": text(), "依据": text()}, "件", "依据")),
			"按情形": list(closed(object{"当": ref("condition"), "要": ref("texts"), "依据": text()}, "当", "要", "依据")),
		}),
		"办理": closed(object{"谁申请": text(), "去哪": text(), "谁确认": text(), "公示": text(), "网上": text(),
			"电话": object{"type": "string"}, "依据": text()}, "谁申请", "去哪", "谁确认", "依据"),
		"时限": object{"type": "object", "additionalProperties": text(), "required": []string{"依据"}},
	}
}

func (s schemas) rule() object {
	properties := s.common()
	for key, section := range s.sections() {
		properties[key] = section
	}
	relation := closed(object{"与": ref("benefit"), "规则": enum("不可同时", "就高", "补差", "可叠加"), "优先": enum("本项", "对方", "择一"),
		"依据": text(), "说明": text()}, "与", "规则", "依据")
	relation["if"] = object{"properties": object{"规则": object{"const": "不可同时"}}}
	relation["then"] = object{"required": []string{"优先"}}
	own := object{
		"编号": ref("benefit"), "通俗名": text(), "类别": enum(kinds...), "按地": enum(placeNames...), "关系": list(relation),
		"到期": list(closed(object{"当": ref("condition"), "说": text(), "依据": text()}, "当", "说")),
		"权重": number(), "别名": ref("texts"), "问法": ref("texts"), "在享": ref("condition"),
	}
	for key, value := range own {
		properties[key] = value
	}
	return closed(properties, "编号", "通俗名", "类别", "地区", "施行", "核对", "依据", "条件", "金额", "材料", "办理", "时限")
}

func (s schemas) change() object {
	properties := s.common()
	properties["改"] = ref("benefit")
	properties["放宽"], properties["收紧"] = oneOrMore(ref("condition")), oneOrMore(ref("condition"))
	properties["替代"] = closed(s.sections())
	change := closed(properties, "改", "地区", "施行", "核对", "依据")
	change["anyOf"] = each("放宽", "收紧", "替代")
	return change
}

// amountSchema is one line of 金额: exactly one of the forms.
func amountSchema() object {
	standard, ratio := text(), object{"type": "string", "pattern": `^\d+(\.\d+)?$`}
	amount := closed(object{
		"当": ref("condition"), "计发": enum(payees...), "单位": enum(units...), "依据": text(), "按": ref("fact"),
		"标准": standard, "固定": ref("money"),
		"补差":      closed(object{"标准": standard, "减": list(ref("fact")), "减标准": standard}, "标准"),
		"比例":      closed(object{"标准": standard, "乘": ratio, "取整": enum("不取整", "进到元", "舍到元", "四舍五入")}, "标准", "乘", "取整"),
		"按项报销":    closed(object{"项目": text(), "起付": text(), "比例": text(), "封顶": text()}),
		"以当地公布为准": text(),
	}, "依据")
	var keys []string
	for _, f := range forms {
		keys = append(keys, f.key)
	}
	amount["oneOf"] = each(keys...)
	return amount
}

func (s schemas) precedent() object {
	known := object{}
	for _, f := range s.Facts {
		known[f.Name] = said(f)
	}
	verdict := enum("符合", "不符合", "待确认")
	properties := object{"名称": text(), "日期": ref("date"), "已知": closed(known), "金额": benefitMap(text()),
		"结果": benefitMap(verdict), "还要问": list(ref("fact")), "会改变": ref("texts"), "来源": text()}
	for _, by := range placeNames {
		properties[by] = ref("place")
	}
	return closed(properties, "名称", "日期", "户籍地", "已知", "结果")
}

// benefitMap is a mapping from benefits.
func benefitMap(value object) object {
	return object{"type": "object", "propertyNames": ref("benefit"), "additionalProperties": value}
}

// said is how a 判例 writes the value of a fact.
func said(f *Fact) object {
	switch f.Type {
	case Integer:
		return object{"anyOf": []any{object{"type": "integer"}, object{"type": "string", "pattern": `^\d+\.\.\d+$`}}}
	case Money:
		return object{"anyOf": []any{number(), object{"type": "string", "pattern": `^\d+(\.\d+)?\.\.\d+(\.\d+)?$`}}}
	case Date:
		return object{"type": "string", "pattern": `^\d{4}-\d{2}(-\d{2})?(\.\.\d{4}-\d{2}(-\d{2})?)?$`}
	case Place:
		return ref("place")
	}
	options := list(enum(f.Options...))
	return object{"anyOf": []any{enum(f.Options...), options, closed(object{"至少": options, "不是": options})}}
}
