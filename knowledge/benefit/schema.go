package benefit

import (
	"bytes"
	"encoding/json"
	"slices"
)

// object is a piece of JSON Schema.
type object = map[string]any

// Schemas makes a JSON Schema (draft 2020-12) for each kind of file from the vocabulary and the dictionary, so that an
// editor completes and checks while an officer types. The keys are file names; schemas never say more than the loader.
func Schemas(b *Book) map[string][]byte {
	s := schemas{b.Dictionary}
	return map[string][]byte{
		"facts.json":     s.file("事实字典 facts.yaml", s.facts()),
		"regions.json":   s.file("行政区划 regions.yaml", regionsSchema()),
		"standards.json": s.file("标准表 standards.yaml", list(standardSchema())),
		"rules.json":     s.file("规则 national/*.yaml 和只有本地才有的规则", s.rule()),
		"changes.json":   s.file("地方改动 local/<代码>/*.yaml", s.change()),
		"cases.json":     s.file("判例 cases/*.yaml", list(s.precedent())),
		"gaps.json":      s.file("说明 gaps.yaml", list(closed(object{"若": ref("condition"), "说": text()}, "若", "说"))),
	}
}

type schemas struct{ *Dictionary }

// file is a whole schema with the definitions that it uses.
func (s schemas) file(title string, body object) []byte {
	body["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	body["title"] = title
	definitions := object{
		"date":      object{"type": "string", "pattern": `^\d{4}-\d{2}-\d{2}$`},
		"place":     object{"type": "string", "pattern": `^(\d{6}|\d{9}|\d{12})$`},
		"texts":     list(object{"type": []string{"string", "number"}}), // 3600 is a name, too
		"benefit":   enum(Benefits...),
		"fact":      enum(s.names()...),
		"money":     object{"anyOf": []any{number(), object{"type": "array", "items": number(), "minItems": 2, "maxItems": 2}}},
		"condition": object{"oneOf": s.conditions()},
	}
	used := object{}
	if uses(body, "condition") {
		used["condition"] = definitions["condition"]
	}
	for name, definition := range definitions {
		if uses(body, name) || uses(used["condition"], name) {
			used[name] = definition
		}
	}
	body["$defs"] = used
	return encode(body)
}

// uses tells whether a piece of schema refers to a definition.
func uses(body any, name string) bool {
	return bytes.Contains(encode(body), []byte(`"#/$defs/`+name+`"`))
}

func encode(body any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(body); err != nil {
		panic(err) // maps of text and numbers always encode
	}
	return out.Bytes()
}

// names are the facts of these types, all where none is given.
func (s schemas) names(types ...Type) []string {
	var names []string
	for _, f := range s.Facts {
		if len(types) == 0 || slices.Contains(types, f.Type) {
			names = append(names, f.Name)
		}
	}
	return names
}

func text() object   { return object{"type": "string", "minLength": 1} }
func number() object { return object{"type": "number", "minimum": 0} }
func ref(name string) object {
	return object{"$ref": "#/$defs/" + name}
}
func list(items object) object     { return object{"type": "array", "items": items} }
func enum(values ...string) object { return object{"enum": values} }
func mapping(value object) object  { return object{"type": "object", "additionalProperties": value} }
func oneOrMore(item object) object { return object{"anyOf": []any{item, list(item)}} }

// each lists one alternative for each key: it must be there.
func each(keys ...string) []any {
	var found []any
	for _, key := range keys {
		found = append(found, object{"required": []string{key}})
	}
	return found
}

// closed is a mapping with a closed list of keys.
func closed(properties object, needed ...string) object {
	o := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(needed) > 0 {
		o["required"] = needed
	}
	return o
}

// conditions are the nodes of a condition tree: exactly one group word, special leaf, or 事实 with one comparison.
func (s schemas) conditions() []any {
	var found []any
	for _, w := range vocabulary {
		switch {
		case w.kind == comparison:
			found = append(found, s.comparison(w))
			continue
		case w.op == AtLeast:
			kids := closed(object{"个数": object{"type": "integer", "minimum": 1}, "其中": nodes()}, "个数", "其中")
			found = append(found, node(w.text, kids))
		case w.kind == group:
			found = append(found, node(w.text, nodes()))
		case w.op == RuleIs:
			found = append(found, node(w.text, ref("benefit")))
		default:
			found = append(found, node(w.text, text()))
		}
	}
	return found
}

func nodes() object { return object{"type": "array", "items": ref("condition"), "minItems": 1} }

func node(word string, operand object) object {
	return closed(object{word: operand, "名称": text(), "依据": text()}, word)
}

// comparison is a leaf. The options of each choice are spelt out, so that an editor offers them.
func (s schemas) comparison(w word) object {
	properties := object{"事实": enum(s.names(w.types...)...), "依据": text(), w.text: s.operand(w)}
	if w.op == Below {
		properties["按"] = ref("fact")
	}
	leaf := closed(properties, "事实", w.text)
	var options []any
	for _, f := range s.Facts {
		if slices.Contains(w.types, f.Type) && (f.Type == Single || f.Type == Multi) {
			values := oneOrMore(enum(f.Options...))
			if w.op != OneOf || f.Type == Multi { // a name from 定义 is possible
				values = object{"anyOf": []any{text(), list(enum(f.Options...))}}
			}
			options = append(options, object{"if": object{"properties": object{"事实": object{"const": f.Name}}}, "then": object{"properties": object{w.text: values}}})
		}
	}
	if options != nil && w.text != "属于" && w.text != "不属于" { // those two take a name from 定义 too
		leaf["allOf"] = options
	}
	return leaf
}

func (s schemas) operand(w word) object {
	switch w.op {
	case Less:
		return object{"anyOf": []any{number(), ref("date")}}
	case Below:
		return text()
	}
	return oneOrMore(text())
}

func (s schemas) facts() object {
	change := enum("随时间增加", "可申请")
	fact := closed(object{
		"类型": enum("整数", "金额", "日期", "地区", "是否", "单选", "多选", "推导"), "称呼": text(), "说法": mapping(text()),
		"范围": object{"type": "array", "minItems": 2, "maxItems": 2}, "取值": object{"type": "array", "items": text(), "minItems": 1, "maxItems": 64, "uniqueItems": true},
		"单位": text(), "上限标准": text(), "独占": ref("texts"), "前提": ref("condition"), "否则": object{},
		"问": object{"type": "string", "maxLength": maxQuestion}, "难度": object{"enum": []int{1, 2, 3}}, "敏感": text(), "变化": change,
		"主动问": enum("是", "否"), "组": text(), "先验": mapping(number()), "偏向": closed(object{"当": ref("condition"), "乘": number()}, "当", "乘"), "证明": mapping(text()), "申请": mapping(text()),
		"式": closed(object{"周岁": ref("fact"), "合计": list(ref("fact")), "人均": list(ref("fact")), "扣": list(ref("fact")), "除以": ref("fact"),
			"不同": list(ref("fact")), "条件": ref("condition")}),
	}, "类型")
	return object{"type": "object", "properties": object{
		"蕴含": list(closed(object{"若": ref("condition"), "则": mapping(oneOrMore(text())), "则不是": mapping(oneOrMore(text()))}, "若")),
		"矛盾": list(closed(object{"若": ref("condition"), "说": text()}, "若", "说")),
	}, "patternProperties": object{`^[^.]+\.[^.]+$`: fact}, "additionalProperties": false}
}

func regionsSchema() object {
	return object{"type": "object", "additionalProperties": false, "patternProperties": object{`^\d{6}$`: object{"anyOf": []any{
		object{"type": "array", "items": text(), "minItems": 1},
		closed(object{"名称": text(), "上级": ref("place"), "别名": ref("texts")}, "名称"),
	}}}}
}

func standardSchema() object {
	row := closed(object{"标准": text(), "地区": ref("place"), "自": ref("date"), "至": ref("date"), "数额": ref("money"),
		"倍数": closed(object{"标准": text(), "乘": text()}, "标准", "乘"), "单位": enum(units...), "关系": enum("定为", "不低于"),
		"依据": text(), "链接": text(), "可信": enum(trusts...)}, "标准", "地区", "自", "单位", "关系", "依据", "可信")
	row["oneOf"] = each("数额", "倍数")
	return row
}
