enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read> arg2: array<f32>;
@group(0) @binding(3) var<storage, read> arg3: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let i_0 = i32(u32(group) / 3u);
 let col = group - i_0 * 3;
 var acc = 0.0f;
 let i_2 = 64 * i_0;
 let i_5 = 64 * col;
 for (var k0_block = 0; k0_block < 8; k0_block += 1) {
  let i_1 = 8 * k0_block + lane;
  acc = fma(arg0[i_2 + i_1], arg1[i_5 + i_1], acc);
 }
 let i_11 = 3 * col;
 if (lane < 3) {
  acc = fma(2.0f * arg2[3 * i_0 + lane], arg3[i_11 + lane], acc);
 }
 acc = subgroupAdd(acc);
 if (lane < 1) {
  out[col + 3 * i_0] = acc;
 }
}
