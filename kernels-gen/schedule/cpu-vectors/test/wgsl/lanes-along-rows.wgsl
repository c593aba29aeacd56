enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 var acc_0_0 = 0.0f;
 var acc_0_1 = 0.0f;
 var acc_1_0 = 0.0f;
 var acc_1_1 = 0.0f;
 var acc_2_0 = 0.0f;
 var acc_2_1 = 0.0f;
 var acc_3_0 = 0.0f;
 var acc_3_1 = 0.0f;
 let i_1 = 64 * group;
 for (var k0_block = 0; k0_block < 2; k0_block += 1) {
  let i_0 = 8 * k0_block + lane;
  let i_2 = i_1 + i_0;
  let f_3 = arg0[i_2];
  let f_4 = arg0[i_2 + 16];
  let f_5 = arg0[i_2 + 32];
  let f_6 = arg0[i_2 + 48];
  let f_7 = arg1[i_0];
  let f_8 = arg1[i_0 + 16];
  acc_0_0 = fma(f_3, f_7, acc_0_0);
  acc_0_1 = fma(f_3, f_8, acc_0_1);
  acc_1_0 = fma(f_4, f_7, acc_1_0);
  acc_1_1 = fma(f_4, f_8, acc_1_1);
  acc_2_0 = fma(f_5, f_7, acc_2_0);
  acc_2_1 = fma(f_5, f_8, acc_2_1);
  acc_3_0 = fma(f_6, f_7, acc_3_0);
  acc_3_1 = fma(f_6, f_8, acc_3_1);
 }
 acc_0_0 = subgroupAdd(acc_0_0);
 acc_0_1 = subgroupAdd(acc_0_1);
 acc_1_0 = subgroupAdd(acc_1_0);
 acc_1_1 = subgroupAdd(acc_1_1);
 acc_2_0 = subgroupAdd(acc_2_0);
 acc_2_1 = subgroupAdd(acc_2_1);
 acc_3_0 = subgroupAdd(acc_3_0);
 acc_3_1 = subgroupAdd(acc_3_1);
 let i_9 = 8 * group;
 if (lane < 1) {
  out[i_9] = acc_0_0;
  out[i_9 + 1] = acc_0_1;
  out[i_9 + 2] = acc_1_0;
  out[i_9 + 3] = acc_1_1;
  out[i_9 + 4] = acc_2_0;
  out[i_9 + 5] = acc_2_1;
  out[i_9 + 6] = acc_3_0;
  out[i_9 + 7] = acc_3_1;
 }
}
