enable subgroups;
@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4<f32>>;

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(subgroup_invocation_id) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= 2 * 8) { return; }
  let i_0 = lane & 7;
  let i_1 = i32(u32(group) / 2u);
  let i_2 = group - i_1 * 2;
  let col_at0 = i_2 * 8 + i_0;
  let i_3 = min(col_at0, 12 - 1);
  let i_4 = i32(u32(i_1) / 8u);
  let i_5 = i_1 - i_4 * 8;
  let row_at0 = i_5 * 8;
  let row_at1 = i_5 * 8 + 1;
  let row_at2 = i_5 * 8 + 2;
  let row_at3 = i_5 * 8 + 3;
  let row_at4 = i_5 * 8 + 4;
  let row_at5 = i_5 * 8 + 5;
  let row_at6 = i_5 * 8 + 6;
  let row_at7 = i_5 * 8 + 7;
  let batch_at0 = i_4;
  var acc_0 = vec4<f32>();
  var acc_1 = vec4<f32>();
  var acc_2 = vec4<f32>();
  var acc_3 = vec4<f32>();
  var acc_4 = vec4<f32>();
  var acc_5 = vec4<f32>();
  var acc_6 = vec4<f32>();
  var acc_7 = vec4<f32>();
  let i_6 = 3 * row_at0;
  let i_9 = 3 * row_at1;
  let i_12 = 3 * row_at2;
  let i_15 = 3 * row_at3;
  let i_18 = 3 * row_at4;
  let i_21 = 3 * row_at5;
  let i_24 = 3 * row_at6;
  let i_27 = 3 * row_at7;
  for (var k0_first = 0; k0_first < 3; k0_first += 8) {
    let k0_mine = min(k0_first + lane, 3 - 1);
    let i_7 = i_6 + k0_mine;
    let f_8 = arg0[i_7];
    let i_10 = i_9 + k0_mine;
    let f_11 = arg0[i_10];
    let i_13 = i_12 + k0_mine;
    let f_14 = arg0[i_13];
    let i_16 = i_15 + k0_mine;
    let f_17 = arg0[i_16];
    let i_19 = i_18 + k0_mine;
    let f_20 = arg0[i_19];
    let i_22 = i_21 + k0_mine;
    let f_23 = arg0[i_22];
    let i_25 = i_24 + k0_mine;
    let f_26 = arg0[i_25];
    let i_28 = i_27 + k0_mine;
    let f_29 = arg0[i_28];
    let i_30 = min(8, 3 - k0_first);
    for (var step = 0; step < i_30; step += 1) {
      let k0 = k0_first + step;
      let i_31 = i_3 + 12 * k0;
      let v_32 = arg1[i_31];
      let f_33 = v_32.x;
      let f_34 = v_32.y;
      let f_35 = v_32.z;
      let f_36 = v_32.w;
      let i_37 = u32(step);
      let v_38 = vec4<f32>(f_33, f_34, f_35, f_36);
      acc_0 = fma(vec4<f32>(subgroupShuffle(f_8, i_37)), v_38, acc_0);
      acc_1 = fma(vec4<f32>(subgroupShuffle(f_11, i_37)), v_38, acc_1);
      acc_2 = fma(vec4<f32>(subgroupShuffle(f_14, i_37)), v_38, acc_2);
      acc_3 = fma(vec4<f32>(subgroupShuffle(f_17, i_37)), v_38, acc_3);
      acc_4 = fma(vec4<f32>(subgroupShuffle(f_20, i_37)), v_38, acc_4);
      acc_5 = fma(vec4<f32>(subgroupShuffle(f_23, i_37)), v_38, acc_5);
      acc_6 = fma(vec4<f32>(subgroupShuffle(f_26, i_37)), v_38, acc_6);
      acc_7 = fma(vec4<f32>(subgroupShuffle(f_29, i_37)), v_38, acc_7);
    }
  }
  var results: array<vec4<f32>, 8>;
  results[0] = acc_0;
  results[1] = acc_1;
  results[2] = acc_2;
  results[3] = acc_3;
  results[4] = acc_4;
  results[5] = acc_5;
  results[6] = acc_6;
  results[7] = acc_7;
  for (var i = 0; i < 8 + (group >> 31u); i += 4) {
    {
      let row_at = row_at0 + i;
      let col_at = col_at0;
      let i_39 = 12 * row_at;
      if (col_at < 12) {
        let result = results[i];
        let i_40 = i_39 + col_at;
        out[i_40] = result;
      }
    }
    {
      let row_at = row_at0 + (i + 1);
      let col_at = col_at0;
      let i_41 = 12 * row_at;
      if (col_at < 12) {
        let result = results[(i + 1)];
        let i_42 = i_41 + col_at;
        out[i_42] = result;
      }
    }
    {
      let row_at = row_at0 + (i + 2);
      let col_at = col_at0;
      let i_43 = 12 * row_at;
      if (col_at < 12) {
        let result = results[(i + 2)];
        let i_44 = i_43 + col_at;
        out[i_44] = result;
      }
    }
    {
      let row_at = row_at0 + (i + 3);
      let col_at = col_at0;
      let i_45 = 12 * row_at;
      if (col_at < 12) {
        let result = results[(i + 3)];
        let i_46 = i_45 + col_at;
        out[i_46] = result;
      }
    }
  }
}
