@group(0) @binding(0) var<storage, read> arg0: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
fn nf4(code: u32) -> f32 {
  let b0 = (code & 1u) != 0u;
  let b1 = (code & 2u) != 0u;
  let b2 = (code & 4u) != 0u;
  let b3 = (code & 8u) != 0u;
  return select(select(select(select(-1.0f, -0.6961928009986877f, b0), select(-0.5250730514526367f, -0.39491748809814453f, b0), b1), select(select(-0.28444138169288635f, -0.18477343022823334f, b0), select(-0.09105003625154495f, 0.0f, b0), b1), b2), select(select(select(0.07958029955625534f, 0.16093020141124725f, b0), select(0.24611230194568634f, 0.33791524171829224f, b0), b1), select(select(0.44070982933044434f, 0.5626170039176941f, b0), select(0.7229568362236023f, 1.0f, b0), b1), b2), b3);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= (403 + 63) / 64) { return; }
  let i = group * 64 + lane;
  if (i < 403) {
    let i_0 = i32(u32(i) / 13u);
    let i_1 = i - i_0 * 13;
    let i_2 = i_0 + 31 * i_1;
    let i_3 = i_2 >> 6u;
    let w_4 = arg0[i_3 + 51];
    let f_5 = bitcast<f32>(w_4);
    let i_6 = i_2 >> 3u;
    let w_7 = arg0[i_6];
    let i_8 = i_2 & 7;
    let i_9 = 4 * i_8;
    let u_10 = (w_7 >> u32(i_9)) & 15u;
    let f_11 = nf4(u_10);
    let f_12 = f_11 * f_5;
    out[i] = f_12;
  }
}
