enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 3 * 2) { return; }
 let i_0 = i32(u32(group) / 3u);
 let i_1 = group - i_0 * 3;
 let i_3 = i_0 - i32(u32(i_0) / 2u) * 2;
 var acc_0 = f32();
 let i_4 = 48 * i_3;
 let i_8 = 48 * i_1;
 for (var k0 = 0; k0 < 3; k0 += 1) {
  let i_5 = i_4 + 16 * k0;
  let i_9 = i_8 + 16 * k0;
  for (var k1_first = 0; k1_first < 16; k1_first += 8) {
   let k1_at = k1_first + lane;
   acc_0 = fma(arg0[i_5 + k1_at], arg1[i_9 + k1_at], acc_0);
  }
 }
 acc_0 = subgroupAdd(acc_0);
 if (lane == 0) {
  out[3 * i_3 + i_1] = acc_0;
 }
}
