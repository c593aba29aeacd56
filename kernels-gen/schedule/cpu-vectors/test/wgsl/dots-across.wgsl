enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 let col_tile = group - i32(u32(group) / 129u) * 129;
 var acc_0_0 = vec4f(0.0f);
 var acc_0_1 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 var acc_1_1 = vec4f(0.0f);
 let i_4 = 2 * col_tile;
 let i_7 = min(i_4 + 1, 256);
 for (var k0_block = 0; k0_block < 9; k0_block += 1) {
  let i_1 = 8 * k0_block + lane;
  if (i_1 < 67) {
   let f_2 = arg0[i_1];
   let f_3 = arg0[i_1 + 67];
   let v_6 = arg1[i_4 + 257 * i_1];
   let v_9 = arg1[i_7 + 257 * i_1];
   acc_0_0 = fma(vec4f(f_2), v_6, acc_0_0);
   acc_0_1 = fma(vec4f(f_2), v_9, acc_0_1);
   acc_1_0 = fma(vec4f(f_3), v_6, acc_1_0);
   acc_1_1 = fma(vec4f(f_3), v_9, acc_1_1);
  }
 }
 acc_0_0 = subgroupAdd(acc_0_0);
 acc_0_1 = subgroupAdd(acc_0_1);
 acc_1_0 = subgroupAdd(acc_1_0);
 acc_1_1 = subgroupAdd(acc_1_1);
 if (lane < 1) {
  out[i_4] = acc_0_0;
  if ((i_4 + 1) < 257) {
   out[i_7] = acc_0_1;
  }
  out[i_4 + 257] = acc_1_0;
  if ((i_4 + 1) < 257) {
   out[i_7 + 257] = acc_1_1;
  }
 }
}
