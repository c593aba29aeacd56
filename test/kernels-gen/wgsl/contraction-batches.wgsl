@group(0) @binding(0) var<storage, read> arg0: array<f32>;
@group(0) @binding(1) var<storage, read> arg1: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;
struct Params { tokens: u32 }
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let tokens = i32(params.tokens);
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  let i_0 = (tokens + 7) / 8;
  if (group >= i_0) { return; }
  let i_1 = lane & 1;
  let col_at0 = i_1;
  let i_2 = (lane >> 1u) & 3;
  let row_at0 = i_2;
  let i_3 = min(row_at0, 3 - 1);
  let i_4 = (lane >> 3u) & 7;
  let batch_at0 = group * 8 + i_4;
  let i_5 = min(batch_at0, tokens - 1);
  var acc_0 = f32();
  let i_6 = 15 * i_5 + 5 * i_3;
  let i_9 = 10 * i_5 + col_at0;
  for (var k0 = 0; k0 < 5; k0 += 1) {
    let i_7 = i_6 + k0;
    let f_8 = arg0[i_7];
    let i_10 = i_9 + 2 * k0;
    let f_11 = arg1[i_10];
    acc_0 = acc_0 + f_8 * f_11;
  }
  let i_12 = 6 * i_5 + 2 * i_3 + col_at0;
  if (batch_at0 < tokens && row_at0 < 3) {
    out[i_12] = acc_0;
  }
}
