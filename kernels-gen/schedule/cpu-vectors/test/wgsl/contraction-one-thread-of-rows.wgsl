enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 128) { return; }
 let col_tile = group - i32(u32(group) / 128u) * 128;
 var acc_0_0 = vec4f(0.0f);
 var acc_0_1 = vec4f(0.0f);
 var acc_1_0 = vec4f(0.0f);
 var acc_1_1 = vec4f(0.0f);
 let i_1 = min(lane, 1);
 let f_2 = arg0[i_1];
 let f_3 = arg0[i_1 + 2];
 let i_4 = lane + 16 * col_tile;
 for (var k0_step = 0; k0_step < 2; k0_step += 1) {
  let i_5 = i_4 + 2048 * k0_step;
  let v_6 = arg1[i_5];
  let v_7 = arg1[i_5 + 8];
  let i_8 = u32(k0_step);
  let left_0 = subgroupShuffle(f_2, i_8);
  let left_1 = subgroupShuffle(f_3, i_8);
  acc_0_0 = fma(vec4f(left_0), v_6, acc_0_0);
  acc_0_1 = fma(vec4f(left_1), v_6, acc_0_1);
  acc_1_0 = fma(vec4f(left_0), v_7, acc_1_0);
  acc_1_1 = fma(vec4f(left_1), v_7, acc_1_1);
 }
 out[i_4] = acc_0_0;
 out[i_4 + 2048] = acc_0_1;
 out[i_4 + 8] = acc_1_0;
 out[i_4 + 2056] = acc_1_1;
}
