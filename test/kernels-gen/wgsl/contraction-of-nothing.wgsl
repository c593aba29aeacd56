@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let col_at0 = 0;
  let i_0 = lane & 3;
  let i_1 = i32(u32(group) / 1u);
  let i_2 = group - i_1 * 0;
  let row_at0 = i_2 * 4 + i_0;
  let batch_at0 = i_1;
  var acc_0 = f32();
  let i_3 = 2 * row_at0;
  let f_4 = arg0[i_3];
  let f_5 = arg1[0];
  let f_6 = arg0[i_3 + 1];
  for (var k0 = 0; k0 < 2; k0 += 2) {
    acc_0 = acc_0 + f_4 * f_5;
    acc_0 = acc_0 + f_6 * f_5;
  }
  out[0] = acc_0;
}
