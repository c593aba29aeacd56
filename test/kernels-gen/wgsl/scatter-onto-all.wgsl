@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= (((21 * tokens) + 63) / 64)) { return; }
 let i_1 = 64 * group + lane;
 let i_2 = 21 * tokens;
 let i_3 = min(i_1, i_2 - 1);
 var acc = 0.0f;
 let i_4 = i32(u32(i_3) / 21u);
 let i_6 = i_3 - i_4 * 21;
 let i_7 = 7 * i_4;
 for (var k1 = 0; k1 < 7; k1 += 1) {
  let i_5 = 3 * k1;
  let f_9 = arg0[i_7 + k1];
  if (i_5 == i_6) {
   acc += f_9;
  }
 }
 if (i_1 < i_2) {
  out[i_3] = acc;
 }
}
