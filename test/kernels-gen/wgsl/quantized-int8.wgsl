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
    let i_3 = i_2 >> 2u;
    let w_4 = arg0[i_3];
    let i_5 = i_2 & 3;
    let i_6 = -8 * i_5;
    let f_7 = f32(bitcast<i32>(w_4 << u32(i_6 + 24)) >> 24u);
    let w_8 = arg0[i_1 + 101];
    let f_9 = bitcast<f32>(w_8);
    let f_10 = f_7 * f_9;
    out[i] = f_10;
  }
}
