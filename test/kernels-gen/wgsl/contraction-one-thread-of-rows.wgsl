@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = lane & 63;
  let i_1 = i32(u32(group) / 64u);
  let i_2 = group - i_1 * 64;
  let col_at0 = i_2 * 128 + i_0;
  let col_at1 = i_2 * 128 + i_0 + 64;
  let row_at0 = 0;
  let row_at1 = 1;
  let batch_at0 = i_1;
  var acc_0 = vec2<f32>();
  var acc_1 = vec2<f32>();
  let f_3 = arg0[row_at0];
  let f_4 = arg0[row_at1];
  let f_5 = arg1[col_at0];
  let f_6 = arg1[col_at1];
  let v_7 = vec2<f32>(f_5, f_6);
  acc_0 = acc_0 + vec2<f32>(f_3) * v_7;
  acc_1 = acc_1 + vec2<f32>(f_4) * v_7;
  let i_8 = 8192 * row_at0 + col_at0;
  out[i_8] = acc_0.x;
  let i_9 = 8192 * row_at0 + col_at1;
  out[i_9] = acc_0.y;
  let i_10 = 8192 * row_at1 + col_at0;
  out[i_10] = acc_1.x;
  let i_11 = 8192 * row_at1 + col_at1;
  out[i_11] = acc_1.y;
}
