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
 if (group >= ((tokens + 7) / 8)) { return; }
 let i_1 = lane & 1;
 let i_2 = (lane >> 1) & 3;
 let i_3 = min(i_2, 3 - 1);
 let i_5 = group * 8 + ((lane >> 3) & 7);
 let i_6 = min(i_5, tokens - 1);
 var acc_0 = f32();
 let i_7 = 15 * i_6 + 5 * i_3;
 let i_10 = 10 * i_6 + i_1;
 for (var k0 = 0; k0 < 5; k0 += 1) {
  acc_0 += arg0[i_7 + k0] * arg1[i_10 + 2 * k0];
 }
 if (i_5 < tokens && i_2 < 3) {
  out[6 * i_6 + 2 * i_3 + i_1] = acc_0;
 }
}
