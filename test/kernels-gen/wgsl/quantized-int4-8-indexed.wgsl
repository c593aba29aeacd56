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
    let w_1 = arg0[i_0 + 116];
    let i_2 = i32(w_1);
    let i_3 = i - i_0 * 13;
    let i_4 = i_0 + 31 * i_3;
    let i_5 = i_4 >> 3u;
    let w_6 = arg0[i_5];
    let i_7 = i_4 & 7;
    let i_8 = 4 * i_7;
    let u_9 = (w_6 >> u32(i_8)) & 15u;
    let f_10 = f32(u_9);
    let i_11 = 13 * i_2 + i_3;
    let i_12 = i_11 >> 2u;
    let w_13 = arg0[i_12 + 103];
    let i_14 = i_11 & 3;
    let i_15 = 8 * i_14;
    let u_16 = (w_13 >> u32(i_15)) & 255u;
    let f_17 = f32(u_16);
    let f_18 = f_10 - f_17;
    let w_19 = arg0[i_11 + 51];
    let f_20 = bitcast<f32>(w_19);
    let f_21 = f_18 * f_20;
    out[i] = f_21;
  }
}
