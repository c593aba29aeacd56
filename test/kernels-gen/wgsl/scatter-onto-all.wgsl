@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((21 * tokens) + 63) / 64) { return; }
 let at = group * 64 + lane;
 let i_0 = min(at, (21 * tokens) - 1);
 let i_1 = i32(u32(i_0) / u32(21));
 let o1 = i_0 - i_1 * 21;
 var acc = 0.0f;
 let i_3 = 7 * i_1;
 for (var k1 = 0; k1 < 7; k1 += 1) {
  let i_2 = 3 * k1;
  let f_5 = arg0[i_3 + k1];
  if ((i_2 == o1)) {
   acc += f_5;
  }
 }
 if (at < (21 * tokens)) {
  out[at] = acc;
 }
}
