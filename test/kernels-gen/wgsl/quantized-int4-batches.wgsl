@group(0) @binding(0) var<storage, read> arg0: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(id.y * grid.x + id.x);
  let lane = i32(local);
  if (group >= (96 + 63) / 64) { return; }
  let i = group * 64 + lane;
  if (i < 96) {
    let i_0 = i32(u32(i) / 48u);
    let i_1 = i32(u32(i) / 3u);
    let i_2 = i - i_1 * 3;
    let i_3 = i_1 & 1;
    let i_4 = i_0 + 2 * i_2 + 6 * i_3;
    let w_5 = arg0[i_4];
    let i_6 = i32(u32(i) / 6u);
    let i_7 = i_6 & 7;
    let i_8 = 4 * i_7;
    let u_9 = (w_5 >> u32(i_8)) & 15u;
    let f_10 = f32(u_9);
    let i_11 = 6 * i_0 + i_2 + 3 * i_3;
    let i_12 = i_11 >> 2u;
    let w_13 = arg0[i_12 + 24];
    let i_14 = i_11 & 3;
    let i_15 = 8 * i_14;
    let u_16 = (w_13 >> u32(i_15)) & 255u;
    let f_17 = f32(u_16);
    let f_18 = f_10 - f_17;
    let w_19 = arg0[i_11 + 12];
    let f_20 = bitcast<f32>(w_19);
    let f_21 = f_18 * f_20;
    out[i] = f_21;
  }
}
