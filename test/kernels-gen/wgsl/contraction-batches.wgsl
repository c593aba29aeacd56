@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) local: u32) {
 let tokens = i32(params.tokens);
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= ((tokens + 7) / 8) * 1 * 1) { return; }
 let batch_thread = lane >> 3;
 let i_1 = batch_thread + 8 * group;
 let i_2 = min(i_1, tokens - 1);
 let row_thread = (lane >> 1) & 3;
 let i_3 = min(row_thread, 2);
 let col_thread = lane & 1;
 var acc = 0.0f;
 let i_4 = 15 * i_2 + 5 * i_3;
 let i_7 = 10 * i_2 + col_thread;
 for (var k0 = 0; k0 < 5; k0 += 1) {
  acc += arg0[i_4 + k0] * arg1[i_7 + 2 * k0];
 }
 if (row_thread < 3) {
  if (i_1 < tokens) {
   out[6 * i_2 + col_thread + 2 * i_3] = acc;
  }
 }
}
