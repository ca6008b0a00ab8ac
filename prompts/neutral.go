package prompts

import (
	"regexp"
	"strings"
)

// controlMarks are what chat templates and their servers read as structure:
//
//	<|im_start|> <|eot_id|> <|channel|>   ChatML, Llama 3, Qwen, GLM, gpt-oss
//	<｜User｜> <｜end▁of▁sentence｜>         DeepSeek
//	<start_of_turn> <end_of_turn> <bos>   Gemma
//	[INST] <<SYS>> </s> [TOOL_CALLS]      Llama 2, Mistral
//	[gMASK] <sop> <_user> <reserved_106>  GLM, InternLM, Baichuan
//	<think> <tool_call>                   thoughts and calls
//	### System:                           Alpaca and what was trained like it
var controlMarks = regexp.MustCompile(`(?i)<\s*/?\s*[|｜]|[|｜]\s*>` +
	`|<\s*/?\s*(start_of_turn|end_of_turn|bos|eos|pad|unk|s|sop|eop|_?(system|user|assistant|bot|tool|function|human)|im_start|im_end|` +
	`endoftext|eot_id|start_header_id|end_header_id|begin_of_text|end_of_text|think|thinking|tool_calls?|tool_response|tools|instructions?|` +
	`reserved_\d+)\s*>|\[\s*/?\s*(INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|IMG|gMASK|sMASK|MASK)\s*\]|<<\s*/?\s*SYS\s*>>` +
	`|#{2,}\s*(system|user|assistant|human|instructions?|response|input)\s*[:：]`)

// apart is put into a mark: it is not seen, and no tokenizer reads over it.
const apart = "\u200b"

// neutral takes the marks in a text apart, character by character: a part of one can be another, as in ### System: and
// <|>. Tag characters, which nobody sees and models can read, are left out.
func neutral(text string) string {
	text = strings.Map(func(r rune) rune {
		if r >= 0xE0000 && r <= 0xE007F {
			return -1
		}
		return r
	}, text)
	if !strings.ContainsAny(text, "<|｜[#") {
		return text // no mark begins with another character, and to look for them takes long
	}
	for {
		clean := controlMarks.ReplaceAllStringFunc(text, func(mark string) string { return strings.Join(strings.Split(mark, ""), apart) })
		if clean == text {
			return text
		}
		text = clean
	}
}
