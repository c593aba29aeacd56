@group(0) @binding(0) var<storage, read> arg0: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;

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
    let i_3 = i_2 >> 3u;
    let w_4 = arg0[i_3];
    let i_5 = i_2 & 7;
    let i_6 = 4 * i_5;
    let u_7 = (w_4 >> u32(i_6)) & 15u;
    let f_8 = f32(u_7);
    let i_9 = i32(u32(i) / 104u);
    let i_10 = 13 * i_9 + i_1;
    let i_11 = i_10 >> 2u;
    let w_12 = arg0[i_11 + 103];
    let i_13 = i_10 & 3;
    let i_14 = 8 * i_13;
    let u_15 = (w_12 >> u32(i_14)) & 255u;
    let f_16 = f32(u_15);
    let f_17 = f_8 - f_16;
    let w_18 = arg0[i_10 + 51];
    let f_19 = bitcast<f32>(w_18);
    let f_20 = f_17 * f_19;
    out[i] = f_20;
  }
}
