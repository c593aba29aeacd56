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
 let i_0 = batch_thread + 8 * group;
 let i_1 = select(tokens - 1, i_0, i_0 < tokens);
 let row_thread = (lane >> 1) & 3;
 let i_2 = select(2, row_thread, row_thread < 3);
 let col_thread = lane & 1;
 var acc = 0.0f;
 let i_3 = 15 * i_1 + 5 * i_2;
 let i_6 = 10 * i_1 + col_thread;
 for (var k0 = 0; k0 < 5; k0 += 1) {
  acc += arg0[i_3 + k0] * arg1[i_6 + 2 * k0];
 }
 if (row_thread < 3) {
  if (i_0 < tokens) {
   out[6 * i_1 + col_thread + 2 * i_2] = acc;
  }
 }
}
