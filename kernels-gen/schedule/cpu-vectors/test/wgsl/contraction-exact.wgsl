enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 8 * 2) { return; }
  let i_0 = lane & 7;
  let i_1 = i32(u32(group) / 8u);
  let i_2 = group - i_1 * 8;
  let col_at0 = i_2 * 8 + i_0;
  let i_3 = i32(u32(i_1) / 2u);
  let i_4 = i_1 - i_3 * 2;
  let batch_at0 = i_3;
  var held_0 = vec4<f32>();
  var held_1 = vec4<f32>();
  var held_2 = vec4<f32>();
  var held_3 = vec4<f32>();
  let v_5 = arg1[col_at0];
  let f_6 = v_5.x;
  let f_7 = v_5.y;
  let f_8 = v_5.z;
  let f_9 = v_5.w;
  let v_10 = arg1[col_at0 + 64];
  let f_11 = v_10.x;
  let f_12 = v_10.y;
  let f_13 = v_10.z;
  let f_14 = v_10.w;
  let v_15 = arg1[col_at0 + 128];
  let f_16 = v_15.x;
  let f_17 = v_15.y;
  let f_18 = v_15.z;
  let f_19 = v_15.w;
  let v_20 = arg1[col_at0 + 192];
  let f_21 = v_20.x;
  let f_22 = v_20.y;
  let f_23 = v_20.z;
  let f_24 = v_20.w;
  for (var k0_quad = 0; k0_quad < 1 + (group >> 31u); k0_quad += 1) {
    held_0 = vec4<f32>(f_6, f_7, f_8, f_9);
    held_1 = vec4<f32>(f_11, f_12, f_13, f_14);
    held_2 = vec4<f32>(f_16, f_17, f_18, f_19);
    held_3 = vec4<f32>(f_21, f_22, f_23, f_24);
  }
  let i_25 = min(i_4 * 128 + 128, 256);
  for (var row_first = i_4 * 128; row_first < i_25 + (group >> 31u); row_first += 1) {
    let row_at0 = row_first;
    var acc_0 = vec4<f32>();
    let i_26 = min(0 + lane, 3);
    let i_27 = 4 * row_at0 + i_26;
    let f_28 = arg0[i_27];
    acc_0 = fma(vec4<f32>(subgroupShuffle(f_28, 0u)), held_0, acc_0);
    acc_0 = fma(vec4<f32>(subgroupShuffle(f_28, 1u)), held_1, acc_0);
    acc_0 = fma(vec4<f32>(subgroupShuffle(f_28, 2u)), held_2, acc_0);
    acc_0 = fma(vec4<f32>(subgroupShuffle(f_28, 3u)), held_3, acc_0);
    let i_29 = col_at0 + 64 * row_at0;
    out[i_29] = acc_0;
  }
}
