enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(subgroup_invocation_id) local: u32) {
 let group = i32(id.y * grid.x + id.x);
 let lane = i32(local);
 if (group >= 16) { return; }
 let i_0 = i32(u32(group) / 2u);
 let col_tile = group - i_0 * 2;
 let i_1 = lane + 8 * col_tile;
 let i_2 = min(i_1, 11);
 var acc_0 = vec4f(0.0f);
 var acc_1 = vec4f(0.0f);
 var acc_2 = vec4f(0.0f);
 var acc_3 = vec4f(0.0f);
 var acc_4 = vec4f(0.0f);
 var acc_5 = vec4f(0.0f);
 var acc_6 = vec4f(0.0f);
 var acc_7 = vec4f(0.0f);
 let i_4 = min(lane, 2) + 24 * i_0;
 let f_5 = arg0[i_4];
 let f_6 = arg0[i_4 + 3];
 let f_7 = arg0[i_4 + 6];
 let f_8 = arg0[i_4 + 9];
 let f_9 = arg0[i_4 + 12];
 let f_10 = arg0[i_4 + 15];
 let f_11 = arg0[i_4 + 18];
 let f_12 = arg0[i_4 + 21];
 for (var k0_step = 0; k0_step < 3; k0_step += 1) {
  let v_14 = arg1[i_2 + 12 * k0_step];
  let i_15 = u32(k0_step);
  acc_0 = fma(vec4f(subgroupShuffle(f_5, i_15)), v_14, acc_0);
  acc_1 = fma(vec4f(subgroupShuffle(f_6, i_15)), v_14, acc_1);
  acc_2 = fma(vec4f(subgroupShuffle(f_7, i_15)), v_14, acc_2);
  acc_3 = fma(vec4f(subgroupShuffle(f_8, i_15)), v_14, acc_3);
  acc_4 = fma(vec4f(subgroupShuffle(f_9, i_15)), v_14, acc_4);
  acc_5 = fma(vec4f(subgroupShuffle(f_10, i_15)), v_14, acc_5);
  acc_6 = fma(vec4f(subgroupShuffle(f_11, i_15)), v_14, acc_6);
  acc_7 = fma(vec4f(subgroupShuffle(f_12, i_15)), v_14, acc_7);
 }
 let i_17 = i_2 + 96 * i_0;
 if (i_1 < 12) {
  var results: array<vec4f, 8>;
  results[0] = acc_0;
  results[1] = acc_1;
  results[2] = acc_2;
  results[3] = acc_3;
  results[4] = acc_4;
  results[5] = acc_5;
  results[6] = acc_6;
  results[7] = acc_7;
  for (var row_quad_out = 0; row_quad_out < 2 + (group >> 31); row_quad_out += 1) {
   let i_16 = 4 * row_quad_out;
   let i_18 = i_17 + 48 * row_quad_out;
   out[i_18] = results[i_16];
   out[i_18 + 12] = results[i_16 + 1];
   out[i_18 + 24] = results[i_16 + 2];
   out[i_18 + 36] = results[i_16 + 3];
  }
 }
}
