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
 if (group >= 3 * 4) { return; }
 let i_0 = i32(u32(group) / 3u);
 let i_1 = group - i_0 * 3;
 let i_3 = i_0 - i32(u32(i_0) / 4u) * 4;
 let i_4 = i_3 >> 1;
 let m1_0 = i_3 - i_4 * 2;
 var acc_0 = f32();
 let i_5 = 128 * i_4 + 64 * m1_0;
 let i_8 = 64 * i_1;
 for (var k0_first = 0; k0_first < 64; k0_first += 8) {
  let k0_at = k0_first + lane;
  acc_0 = fma(arg0[i_5 + k0_at], arg1[i_8 + k0_at], acc_0);
 }
 let i_11 = 6 * i_4 + 3 * m1_0;
 let i_15 = 3 * i_1;
 {
  for (var k1_first = 0; k1_first < 3; k1_first += 8) {
   let k1_at = k1_first + lane;
   let k1 = min(k1_at, 3 - 1);
   acc_0 = select(acc_0, fma(2.0f * arg2[i_11 + k1], arg3[i_15 + k1], acc_0), k1_at < 3);
  }
 }
 acc_0 = subgroupAdd(acc_0);
 if (lane == 0) {
  out[6 * i_4 + 3 * m1_0 + i_1] = acc_0;
 }
}
