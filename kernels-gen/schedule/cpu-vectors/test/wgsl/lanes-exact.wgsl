enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 16) { return; }
 var acc_0 = 0.0f;
 var acc_1 = 0.0f;
 var acc_2 = 0.0f;
 var acc_3 = 0.0f;
 let i_0 = lane + 32 * group;
 let f_1 = arg0[i_0];
 let f_2 = arg0[i_0 + 8];
 let f_3 = arg0[i_0 + 16];
 let f_4 = arg0[i_0 + 24];
 for (var k0_step = 0; k0_step < 8; k0_step += 1) {
  let f_6 = arg1[lane + 8 * k0_step];
  let i_7 = u32(k0_step);
  acc_0 = fma(subgroupShuffle(f_1, i_7), f_6, acc_0);
  acc_1 = fma(subgroupShuffle(f_2, i_7), f_6, acc_1);
  acc_2 = fma(subgroupShuffle(f_3, i_7), f_6, acc_2);
  acc_3 = fma(subgroupShuffle(f_4, i_7), f_6, acc_3);
 }
 out[i_0] = acc_0;
 out[i_0 + 8] = acc_1;
 out[i_0 + 16] = acc_2;
 out[i_0 + 24] = acc_3;
}
