// Holds a conversation with the server at XIAOHE_URL with the key in XIAOHE_KEY, and prints as JSON what came.
import OpenAI from 'openai'

const client = new OpenAI({ baseURL: process.env.XIAOHE_URL + '/v1', apiKey: process.env.XIAOHE_KEY, maxRetries: 0 })
const said = JSON.parse(process.env.XIAOHE_SAID) // what the user says, one text a turn
const out = { models: [], answers: [], streamed: '', finish: '', errors: [] }

for await (const model of client.models.list()) out.models.push(model.id)

const messages = [{ role: 'system', content: '你是一只猫' }]
for (const content of said) {
  messages.push({ role: 'user', content })
  const answer = await client.chat.completions.create({ model: 'xiaohe', messages })
  out.answers.push({ text: answer.choices[0].message.content, level: answer.xiaohe.triage.level, handoff: answer.xiaohe.handoff })
  messages.push(answer.choices[0].message)
}

messages.pop() // the last answer once more, in pieces
const stream = await client.chat.completions.create({ model: 'xiaohe', messages, stream: true, stream_options: { include_usage: true } })
for await (const chunk of stream) {
  out.streamed += chunk.choices[0]?.delta?.content ?? ''
  out.finish = chunk.choices[0]?.finish_reason ?? out.finish
}

for (const wrong of [{ model: 'gpt-4', messages }, { model: 'xiaohe', messages: [] }]) {
  try {
    await client.chat.completions.create(wrong)
  } catch (error) {
    out.errors.push({ status: error.status, code: error.code, message: error.message })
  }
}
console.log(JSON.stringify(out))
